package io.gantry.linux.launch;

import static io.gantry.linux.syscall.MountFlags.*;

import io.gantry.linux.launch.Arg.Immediate;
import io.gantry.linux.launch.Arg.Register;
import io.gantry.linux.spec.LinuxSpec.NamespaceType;
import io.gantry.linux.syscall.SyscallNumber;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** What a shim does to become its sandbox. What is left on the host after a failure comes last. */
final class SandboxProgram {

    private static final Immediate AF_INET = Arg.named(2, "AF_INET");
    private static final Immediate SOCK_DGRAM = Arg.named(0x80002, "SOCK_DGRAM|SOCK_CLOEXEC");
    private static final Immediate SIOCSIFFLAGS = Arg.named(0x8914, "SIOCSIFFLAGS");
    private static final short IFF_UP_RUNNING = 0x41;
    private static final int IFREQ_SIZE = 40;
    private static final int IFNAMSIZ = 16;

    private final Context context;
    private final SandboxSetup setup;

    SandboxProgram(Context context, SandboxSetup setup) {
        this.context = context;
        this.setup = setup;
    }

    LaunchProgram compile() {
        Cgroups.join(context, setup.cgroup());
        context.asm().step("set oom_score_adj to " + setup.oomScoreAdj());
        OomScore.write(context, Integer.toString(setup.oomScoreAdj()));
        enterNamespaces();
        setup.sysctls().forEach(this::setSysctl);
        setup.shm().ifPresent(this::mountShm);
        setup.pins().forEach(this::pin);
        return context.asm().assemble();
    }

    private void enterNamespaces() {
        Namespaces namespaces = new Namespaces(context);
        setup.joined().forEach(namespaces::join);
        long created =
                setup.created().stream()
                        .mapToLong(Namespaces::flag)
                        .reduce(0, (one, other) -> one | other);
        if (setup.users().isPresent()) {
            SandboxSetup.Users users = setup.users().get();
            setup.created().stream()
                    .sorted()
                    .forEach(type -> namespaces.join(type, users.namespace(type)));
        } else if (created != 0) {
            context.asm().step("make the pod's namespaces");
            namespaces.unshare(created);
        }
        if (setup.created().contains(NamespaceType.UTS) && !setup.hostname().isEmpty()) {
            context.asm().step("set host name " + setup.hostname());
            context.calls().sethostname(setup.hostname());
        }
        if (setup.created().contains(NamespaceType.NETWORK)) {
            bringLoopbackUp();
        }
    }

    /** netdevice(7). */
    private void bringLoopbackUp() {
        context.asm().step("bring the loopback interface up");
        ByteBuffer ifreq = ByteBuffer.allocate(IFREQ_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        ifreq.put("lo".getBytes(StandardCharsets.UTF_8)).putShort(IFNAMSIZ, IFF_UP_RUNNING);
        Arg request =
                context.asm().blob().structure(ifreq.array(), () -> "{\"lo\", IFF_UP|IFF_RUNNING}");
        context.asm()
                .scoped(
                        () -> {
                            Register socket =
                                    context.asm()
                                            .call(
                                                    SyscallNumber.SOCKET,
                                                    AF_INET,
                                                    SOCK_DGRAM,
                                                    Arg.of(0))
                                            .result();
                            context.asm().call(SyscallNumber.IOCTL, socket, SIOCSIFFLAGS, request);
                            context.calls().close(socket);
                        });
    }

    private void setSysctl(String name, String value) {
        context.asm().step("set sysctl " + name + " to " + value);
        if (setup.users().isPresent()) {
            Sysctls.write(context, setup.users().get().mappings(), name, value);
        } else {
            Sysctls.write(context, name, value);
        }
    }

    private void mountShm(SandboxSetup.Shm shm) {
        context.asm().step("mount tmpfs on " + shm.path());
        long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
        String owner =
                setup.users()
                        .map(SandboxSetup.Users::mappings)
                        .map(ids -> ",uid=%d,gid=%d".formatted(ids.hostUid(0), ids.hostGid(0)))
                        .orElse("");
        String label = shm.label().isEmpty() ? "" : ",context=\"" + shm.label() + "\"";
        String data = "mode=1777,size=" + shm.bytes() + owner + label;
        context.calls().mount("shm", shm.path(), "tmpfs", flags, data);
    }

    private void pin(NamespaceType type, String file) {
        context.asm().step("pin the " + Namespaces.file(type) + " namespace on " + file);
        String own = "/proc/self/ns/" + Namespaces.file(type);
        String source =
                type == NamespaceType.USER ? setup.users().orElseThrow().namespace(type) : own;
        context.calls().mount(source, file, "", MS_BIND, "");
    }
}
