package io.gantry.linux.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.spec.Seccomp;
import io.gantry.linux.syscall.Architecture;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.SeccompLibrary;
import io.gantry.linux.syscall.Syscalls;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Filters, compiled by the real library and run by {@link #answer}, an interpreter of BPF. */
class SeccompTest {

    private static final int ALLOW = 0x7fff0000;
    private static final int EPERM = 0x50001;
    private static final int ENOSYS = 0x50026;
    private static final int NATIVE = 0;

    private final LibseccompFilters filters =
            new LibseccompFilters(SeccompLibrary.system(), Syscalls.system());

    private static int architecture() {
        return Architecture.current() == Architecture.X86_64 ? 0xc000003e : 0xc00000b7;
    }

    private static int number(String call) {
        return SeccompLibrary.system().seccomp_syscall_resolve_name_arch(NATIVE, CString.of(call));
    }

    /** What the filter of a container with some capabilities answers to a call. */
    private int answer(List<String> capabilities, String call, long... args) {
        byte[] program = filters.compile(DefaultSeccomp.forCapabilities(capabilities));
        return answer(program, architecture(), number(call), args);
    }

    /** Classic BPF over struct seccomp_data, as the kernel runs it (seccomp(2)). */
    private static int answer(byte[] program, int architecture, int number, long... args) {
        ByteBuffer data = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        data.putInt(number).putInt(architecture).putLong(0);
        for (long arg : args) {
            data.putLong(arg);
        }
        ByteBuffer code = ByteBuffer.wrap(program).order(ByteOrder.LITTLE_ENDIAN);
        int a = 0;
        for (int pc = 0; ; pc++) {
            int op = code.getShort(pc * 8);
            int ifTrue = Byte.toUnsignedInt(code.get(pc * 8 + 2));
            int ifFalse = Byte.toUnsignedInt(code.get(pc * 8 + 3));
            int k = code.getInt(pc * 8 + 4);
            switch (op) {
                case 0x20 -> a = data.getInt(k);
                case 0x54 -> a &= k;
                case 0x05 -> pc += k;
                case 0x15 -> pc += a == k ? ifTrue : ifFalse;
                case 0x25 -> pc += Integer.compareUnsigned(a, k) > 0 ? ifTrue : ifFalse;
                case 0x35 -> pc += Integer.compareUnsigned(a, k) >= 0 ? ifTrue : ifFalse;
                case 0x06 -> {
                    return k;
                }
                default -> throw new AssertionError("instruction 0x%x at %d".formatted(op, pc));
            }
        }
    }

    @Test
    void ordinaryCallsAreAllowed() {
        for (String call : List.of("read", "openat", "execve", "futex", "sendmsg", "statx")) {
            assertThat(answer(CapabilityNames.defaults(), call)).as(call).isEqualTo(ALLOW);
        }
    }

    @Test
    void whatReachesTheHostIsRefused() {
        for (String call :
                List.of(
                        "mount",
                        "umount2",
                        "pivot_root",
                        "init_module",
                        "kexec_load",
                        "reboot",
                        "setns",
                        "unshare",
                        "bpf",
                        "keyctl",
                        "add_key",
                        "swapon",
                        "acct",
                        "clock_settime",
                        "open_by_handle_at",
                        "io_uring_setup",
                        "userfaultfd",
                        "perf_event_open",
                        "syslog",
                        "move_pages")) {
            assertThat(answer(CapabilityNames.defaults(), call)).as(call).isEqualTo(EPERM);
        }
    }

    @Test
    void cloneIsAllowedUnlessItMakesANamespace() {
        assertThat(answer(CapabilityNames.defaults(), "clone", 0x01200011)).isEqualTo(ALLOW);
        assertThat(answer(CapabilityNames.defaults(), "clone", 0x10000011)).isEqualTo(EPERM);
        assertThat(answer(CapabilityNames.defaults(), "clone", 0x40000011)).isEqualTo(EPERM);
        assertThat(answer(List.of("CAP_SYS_ADMIN"), "clone", 0x10000011)).isEqualTo(ALLOW);
    }

    @Test
    void clone3FallsBackWithoutSysAdmin() {
        assertThat(answer(CapabilityNames.defaults(), "clone3")).isEqualTo(ENOSYS);
        assertThat(answer(List.of("CAP_SYS_ADMIN"), "clone3")).isEqualTo(ALLOW);
    }

    @Test
    void argumentsDecideAboutSocketAndPersonality() {
        assertThat(answer(List.of(), "socket", 2)).isEqualTo(ALLOW);
        assertThat(answer(List.of(), "socket", 40)).isEqualTo(EPERM);
        assertThat(answer(List.of(), "personality", 0xffffffffL)).isEqualTo(ALLOW);
        assertThat(answer(List.of(), "personality", 0x8)).isEqualTo(ALLOW);
        assertThat(answer(List.of(), "personality", 0x0040000)).isEqualTo(EPERM);
    }

    @Test
    void capabilitiesOpenTheirCalls() {
        assertOpens("CAP_SYS_ADMIN", "mount");
        assertOpens("CAP_SYS_ADMIN", "setns");
        assertOpens("CAP_SYS_MODULE", "init_module");
        assertOpens("CAP_SYS_TIME", "clock_settime");
        assertOpens("CAP_SYS_CHROOT", "chroot");
        assertOpens("CAP_SYS_BOOT", "reboot");
        assertOpens("CAP_SYS_NICE", "mbind");
        assertOpens("CAP_SYS_PTRACE", "kcmp");
        assertOpens("CAP_SYS_PACCT", "acct");
        assertOpens("CAP_SYS_TTY_CONFIG", "vhangup");
        assertOpens("CAP_SYSLOG", "syslog");
        assertOpens("CAP_DAC_READ_SEARCH", "open_by_handle_at");
        assertOpens("CAP_BPF", "bpf");
        assertOpens("CAP_PERFMON", "perf_event_open");
    }

    private void assertOpens(String capability, String call) {
        assertThat(answer(List.of(), call)).as(call).isEqualTo(EPERM);
        assertThat(answer(List.of(capability), call)).as(call).isEqualTo(ALLOW);
    }

    @Test
    void callsNewerThanTheProfileAreUnknownRatherThanForbidden() {
        byte[] program = filters.compile(DefaultSeccomp.forCapabilities(List.of()));
        assertThat(answer(program, architecture(), 2000)).isEqualTo(ENOSYS);
        if (Architecture.current() == Architecture.X86_64) {
            int i386 = 0x40000003;
            int x32Read = 0x40000000;
            assertThat(answer(program, i386, 2000)).isEqualTo(ENOSYS);
            assertThat(answer(program, i386, 3)).isEqualTo(ALLOW);
            assertThat(answer(program, architecture(), x32Read)).isEqualTo(ALLOW);
        }
    }

    @Test
    void otherMachinesAreRefused() {
        byte[] program = filters.compile(DefaultSeccomp.forCapabilities(List.of()));
        int s390x = 0x80000016;
        assertThat(answer(program, s390x, 3)).isEqualTo(EPERM);
    }

    @Test
    void profileOfAUserMayDenyOneCallByItsArgument() {
        Seccomp.Rule rule =
                new Seccomp.Rule(
                        List.of("chmod", "no_such_call"),
                        "SCMP_ACT_ERRNO",
                        13,
                        List.of(new Seccomp.Arg(1, 0777, 0, "SCMP_CMP_EQ")));
        byte[] program =
                filters.compile(
                        new Seccomp("SCMP_ACT_ALLOW", null, List.of(), List.of(), List.of(rule)));
        assertThat(answer(program, architecture(), number("chmod"), 0, 0777)).isEqualTo(0x5000d);
        assertThat(answer(program, architecture(), number("chmod"), 0, 0755)).isEqualTo(ALLOW);
        assertThat(answer(program, architecture(), 2000)).isEqualTo(ALLOW);
    }

    @Test
    void comparisonsOfOneArgumentAreAlternatives() {
        Seccomp.Rule rule =
                new Seccomp.Rule(
                        List.of("kill"),
                        "SCMP_ACT_ALLOW",
                        null,
                        List.of(
                                new Seccomp.Arg(1, 9, 0, "SCMP_CMP_EQ"),
                                new Seccomp.Arg(1, 15, 0, "SCMP_CMP_EQ")));
        byte[] program =
                filters.compile(
                        new Seccomp("SCMP_ACT_ERRNO", null, List.of(), List.of(), List.of(rule)));
        assertThat(answer(program, architecture(), number("kill"), 1, 9)).isEqualTo(ALLOW);
        assertThat(answer(program, architecture(), number("kill"), 1, 15)).isEqualTo(ALLOW);
        assertThat(answer(program, architecture(), number("kill"), 1, 1)).isEqualTo(EPERM);
    }

    @Test
    void nonsenseIsRefusedByName() {
        Seccomp wrong = new Seccomp("SCMP_ACT_X", null, List.of(), List.of(), List.of());
        assertThatThrownBy(() -> filters.compile(wrong))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("unknown seccomp action: SCMP_ACT_X");
        Seccomp machine = new Seccomp("SCMP_ACT_ALLOW", null, List.of("Z80"), List.of(), List.of());
        assertThatThrownBy(() -> filters.compile(machine))
                .hasMessage("unknown seccomp architecture: Z80");
    }

    @Test
    void equalProfilesAreCompiledOnce() {
        byte[] first = filters.compile(DefaultSeccomp.forCapabilities(List.of()));
        assertThat(filters.compile(DefaultSeccomp.forCapabilities(List.of()))).isSameAs(first);
        assertThat(first.length % 8).isZero();
        assertThat(first.length / 8).isLessThan(4096);
    }

    @Test
    void missingLibraryIsSaid() {
        SeccompLibrary missing = new MissingLibrary();
        assertThatThrownBy(
                        () ->
                                new LibseccompFilters(missing, Syscalls.system())
                                        .compile(DefaultSeccomp.forCapabilities(List.of())))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessageContaining("install the package libseccomp2");
    }

    @Test
    void everyNameOfTheDefaultProfileIsListedOncePerSection() {
        for (Seccomp.Rule rule : DefaultSeccomp.forCapabilities(CapabilityNames.all()).syscalls()) {
            assertThat(rule.names()).doesNotHaveDuplicates().isNotEmpty();
        }
    }

    private static final class MissingLibrary implements SeccompLibrary {
        @Override
        public boolean isAvailable() {
            return false;
        }

        @Override
        public long seccomp_init(int defaultAction) {
            throw new AssertionError();
        }

        @Override
        public void seccomp_release(long context) {
            throw new AssertionError();
        }

        @Override
        public int seccomp_attr_set(long context, int attribute, int value) {
            throw new AssertionError();
        }

        @Override
        public int seccomp_arch_add(long context, int architecture) {
            throw new AssertionError();
        }

        @Override
        public int seccomp_syscall_resolve_name_arch(int architecture, CString name) {
            throw new AssertionError();
        }

        @Override
        public int seccomp_rule_add_array(
                long context, int action, int syscall, int count, byte[] comparisons) {
            throw new AssertionError();
        }

        @Override
        public int seccomp_export_bpf(long context, int fd) {
            throw new AssertionError();
        }
    }
}
