package io.gantry.linux.syscall;

import com.sun.jna.Native;

/** libseccomp.so.2, mapped directly. */
final class JnaSeccomp implements SeccompLibrary {

    static final JnaSeccomp INSTANCE = new JnaSeccomp();

    private JnaSeccomp() {}

    /** Its own class, so that a missing library is noticed when first used and not before. */
    private static final class Functions {
        static {
            Native.register(Functions.class, "libseccomp.so.2");
        }

        static native long seccomp_init(int defaultAction);

        static native void seccomp_release(long context);

        static native int seccomp_attr_set(long context, int attribute, int value);

        static native int seccomp_arch_add(long context, int architecture);

        static native int seccomp_syscall_resolve_name_arch(int architecture, byte[] name);

        static native int seccomp_rule_add_array(
                long context, int action, int syscall, int count, byte[] comparisons);

        static native int seccomp_export_bpf(long context, int fd);
    }

    @Override
    public boolean isAvailable() {
        try {
            return Functions.seccomp_syscall_resolve_name_arch(0, CString.of("read").terminated())
                    != NR_SCMP_ERROR;
        } catch (LinkageError e) {
            return false;
        }
    }

    @Override
    public long seccomp_init(int defaultAction) {
        return Functions.seccomp_init(defaultAction);
    }

    @Override
    public void seccomp_release(long context) {
        Functions.seccomp_release(context);
    }

    @Override
    public int seccomp_attr_set(long context, int attribute, int value) {
        return Functions.seccomp_attr_set(context, attribute, value);
    }

    @Override
    public int seccomp_arch_add(long context, int architecture) {
        return Functions.seccomp_arch_add(context, architecture);
    }

    @Override
    public int seccomp_syscall_resolve_name_arch(int architecture, CString name) {
        return Functions.seccomp_syscall_resolve_name_arch(architecture, name.terminated());
    }

    @Override
    public int seccomp_rule_add_array(
            long context, int action, int syscall, int count, byte[] comparisons) {
        return Functions.seccomp_rule_add_array(context, action, syscall, count, comparisons);
    }

    @Override
    public int seccomp_export_bpf(long context, int fd) {
        return Functions.seccomp_export_bpf(context, fd);
    }
}
