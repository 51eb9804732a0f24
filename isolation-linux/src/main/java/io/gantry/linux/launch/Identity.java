package io.gantry.linux.launch;

import io.gantry.linux.launch.Arg.Immediate;
import io.gantry.linux.launch.Arg.Pointer;
import io.gantry.linux.security.CapabilityNames;
import io.gantry.linux.spec.Process.Capabilities;
import io.gantry.linux.spec.Process.User;
import io.gantry.linux.syscall.SyscallNumber;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * User, groups and capabilities of the process (credentials(7), capabilities(7)). Capabilities that
 * the daemon does not have itself are left out: nobody can pass on what he lacks. Who enters a user
 * namespace has all of them in there.
 */
final class Identity {

    private static final Immediate PR_SET_KEEPCAPS = Arg.named(8, "PR_SET_KEEPCAPS");
    private static final Immediate PR_CAPBSET_DROP = Arg.named(24, "PR_CAPBSET_DROP");
    private static final Immediate PR_CAP_AMBIENT = Arg.named(47, "PR_CAP_AMBIENT");
    private static final Immediate RAISE = Arg.named(2, "PR_CAP_AMBIENT_RAISE");
    private static final Immediate CLEAR_ALL = Arg.named(4, "PR_CAP_AMBIENT_CLEAR_ALL");
    private static final int CAPABILITY_VERSION_3 = 0x20080522;

    private final Context context;
    private final long available;

    Identity(Context context, boolean inUserNamespace) {
        this.context = context;
        this.available = inUserNamespace ? -1 : context.host().capabilities();
    }

    /** Limits what the process can ever regain by executing something. */
    void dropBounding(Capabilities capabilities) {
        context.asm().step("drop capabilities from the bounding set");
        long kept = CapabilityNames.mask(capabilities.bounding());
        for (int bit = 0; bit < CapabilityNames.all().size(); bit++) {
            // One that the daemon lacks may still be in its bounding set.
            if ((kept & (1L << bit)) == 0 && bit <= lastCapability()) {
                context.calls().prctl(PR_CAPBSET_DROP, name(bit), Arg.of(0));
            }
        }
    }

    /** Becomes the user, with the capabilities permitted so far still permitted. */
    void become(User user) {
        Assembler asm = context.asm();
        asm.step("become user " + user.uid() + ":" + user.gid());
        context.calls().prctl(PR_SET_KEEPCAPS, Arg.of(1), Arg.of(0));
        List<Integer> groups = user.additionalGids();
        asm.call(SyscallNumber.SETGROUPS, Arg.of(groups.size()), groups(groups));
        Arg gid = Arg.of(Integer.toUnsignedLong(user.gid()));
        asm.call(SyscallNumber.SETRESGID, gid, gid, gid);
        Arg uid = Arg.of(Integer.toUnsignedLong(user.uid()));
        asm.call(SyscallNumber.SETRESUID, uid, uid, uid);
    }

    /** Sets the process's sets, with {@code extra} permitted and effective for the moment. */
    void keep(Capabilities capabilities, List<String> extra) {
        long more = CapabilityNames.mask(extra);
        context.asm().step("set capabilities");
        capset(
                CapabilityNames.mask(capabilities.effective()) | more,
                CapabilityNames.mask(capabilities.permitted()) | more,
                CapabilityNames.mask(capabilities.inheritable()));
    }

    /** Capabilities that a program without privilege inherits. */
    void raiseAmbient(Capabilities capabilities) {
        context.asm().step("set ambient capabilities");
        context.calls().prctl(PR_CAP_AMBIENT, CLEAR_ALL, Arg.of(0));
        long ambient =
                CapabilityNames.mask(capabilities.ambient())
                        & CapabilityNames.mask(capabilities.permitted())
                        & CapabilityNames.mask(capabilities.inheritable())
                        & available;
        for (String name : CapabilityNames.of(ambient)) {
            int bit = CapabilityNames.all().indexOf(name);
            context.calls().prctl(PR_CAP_AMBIENT, RAISE, name(bit));
        }
    }

    private int lastCapability() {
        return context.host().lastCapability();
    }

    private void capset(long effective, long permitted, long inheritable) {
        Pointer header =
                context.asm()
                        .blob()
                        .structure(() -> "{v3, 0}", Integer.toUnsignedLong(CAPABILITY_VERSION_3));
        long p = permitted & available;
        long e = effective & p;
        long i = inheritable & available;
        // struct __user_cap_data_struct[2]: the low halves of the three sets, then the high ones.
        ByteBuffer data = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
        data.putInt((int) e).putInt((int) p).putInt((int) i);
        data.putInt((int) (e >>> 32)).putInt((int) (p >>> 32)).putInt((int) (i >>> 32));
        Pointer sets =
                context.asm()
                        .blob()
                        .structure(
                                data.array(),
                                () ->
                                        "{effective=0x%x, permitted=0x%x, inheritable=0x%x}"
                                                .formatted(e, p, i));
        context.asm().call(SyscallNumber.CAPSET, header, sets);
    }

    private Arg groups(List<Integer> groups) {
        if (groups.isEmpty()) {
            return Arg.named(0, "NULL");
        }
        ByteBuffer buffer =
                ByteBuffer.allocate(groups.size() * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        groups.forEach(buffer::putInt);
        return context.asm().blob().structure(buffer.array(), groups::toString);
    }

    private static Immediate name(int bit) {
        return Arg.named(bit, CapabilityNames.all().get(bit));
    }
}
