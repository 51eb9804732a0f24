package io.gantry.linux.security;

import static io.gantry.linux.syscall.OpenFlags.MFD_CLOEXEC;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InternalException;
import io.gantry.linux.spec.Seccomp;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.ErrnoException;
import io.gantry.linux.syscall.SeccompLibrary;
import io.gantry.linux.syscall.Syscalls;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Filters compiled by libseccomp. Each distinct one is compiled once. Names that the library does
 * not know are passed over, as those of calls that the kernel may not have either; calls newer than
 * any that a filter names get ENOSYS, so that programs fall back to older ones. Thread-safe.
 */
public final class LibseccompFilters implements SeccompFilters {

    private static final int ATTRIBUTE_ACT_BADARCH = 2;
    private static final int ATTRIBUTE_CTL_NNP = 3;
    private static final int ATTRIBUTE_CTL_OPTIMIZE = 8;
    private static final int BINARY_TREE = 2;
    private static final int SEEK_SET = 0;
    private static final int SEEK_END = 2;

    /** Profiles beyond it are compiled and not kept: they may come from anywhere. */
    private static final int MAX_KEPT = 64;

    private final SeccompLibrary library;
    private final Syscalls syscalls;
    private final ConcurrentMap<Seccomp, byte[]> compiled = new ConcurrentHashMap<>();

    /**
     * What was asked for last: comparing profiles by what they say takes longer than a start may.
     */
    private volatile @Nullable Compiled last;

    public LibseccompFilters(SeccompLibrary library, Syscalls syscalls) {
        this.library = library;
        this.syscalls = syscalls;
    }

    @Override
    public byte[] compile(Seccomp seccomp) {
        Compiled latest = last;
        if (latest != null && latest.isOf(seccomp)) {
            return latest.program();
        }
        byte[] program = find(seccomp);
        last = new Compiled(seccomp, program);
        return program;
    }

    private byte[] find(Seccomp seccomp) {
        byte[] known = compiled.get(seccomp);
        if (known != null) {
            return known;
        }
        if (!library.isAvailable()) {
            throw new FailedPreconditionException(
                    "seccomp filters need libseccomp.so.2: install the package libseccomp2");
        }
        byte[] program = build(seccomp);
        if (compiled.size() < MAX_KEPT) {
            compiled.putIfAbsent(seccomp, program);
        }
        return program;
    }

    private byte[] build(Seccomp seccomp) {
        List<FilterArchitecture> architectures = FilterArchitecture.parse(seccomp.architectures());
        int defaultAction = SeccompAction.of(seccomp.defaultAction(), seccomp.defaultErrnoRet());
        long context = library.seccomp_init(defaultAction);
        if (context == 0) {
            throw new InternalException("seccomp_init failed");
        }
        try {
            prepare(context, architectures, defaultAction);
            SeccompRules rules = new SeccompRules(library, context, defaultAction);
            seccomp.syscalls().forEach(rules::add);
            byte[] program = export(context);
            boolean refuses = SeccompAction.refuses(defaultAction);
            return refuses
                    ? NewerCalls.refuseWithEnosys(program, architectures, seccomp, library)
                    : program;
        } finally {
            library.seccomp_release(context);
        }
    }

    private void prepare(long context, List<FilterArchitecture> architectures, int defaultAction) {
        for (FilterArchitecture architecture : architectures) {
            int result = library.seccomp_arch_add(context, architecture.token());
            if (result != 0 && result != -Errno.EEXIST.number()) {
                throw failure("seccomp_arch_add " + architecture, result);
            }
        }
        check(
                "seccomp_attr_set",
                library.seccomp_attr_set(context, ATTRIBUTE_ACT_BADARCH, defaultAction));
        check("seccomp_attr_set", library.seccomp_attr_set(context, ATTRIBUTE_CTL_NNP, 0));
        // Libraries before 2.5 do not know it: their filters are slower and do the same.
        library.seccomp_attr_set(context, ATTRIBUTE_CTL_OPTIMIZE, BINARY_TREE);
    }

    private byte[] export(long context) {
        try {
            int fd = syscalls.memfd_create(CString.of("seccomp"), MFD_CLOEXEC);
            try {
                check("seccomp_export_bpf", library.seccomp_export_bpf(context, fd));
                return content(fd);
            } finally {
                syscalls.close(fd);
            }
        } catch (ErrnoException e) {
            throw new InternalException("seccomp filter: " + e.getMessage(), e);
        }
    }

    private byte[] content(int fd) throws ErrnoException {
        byte[] bytes = new byte[(int) syscalls.lseek(fd, 0, SEEK_END)];
        syscalls.lseek(fd, 0, SEEK_SET);
        ByteBuffer into = ByteBuffer.wrap(bytes);
        while (into.hasRemaining() && syscalls.read(fd, into) > 0) {
            // Until all of it is read.
        }
        return bytes;
    }

    private static void check(String function, int result) {
        if (result != 0) {
            throw failure(function, result);
        }
    }

    private static InternalException failure(String function, int result) {
        return new InternalException(function + ": " + Errno.describe(-result));
    }

    /** A profile and what it was compiled to. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Compiled(Seccomp profile, byte[] program) {

        @SuppressWarnings("ReferenceEquality") // that is what is quick
        boolean isOf(Seccomp other) {
            return profile == other;
        }
    }
}
