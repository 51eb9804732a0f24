package io.gantry.linux.security;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.syscall.Architecture;
import java.util.ArrayList;
import java.util.List;

/** The machines that a filter can be for, with libseccomp's tokens (those of audit). */
enum FilterArchitecture {
    X86_64(0xc000003e),
    X86(0x40000003),
    X32(0x4000003e),
    AARCH64(0xc00000b7),
    ARM(0x40000028);

    private static final String PREFIX = "SCMP_ARCH_";

    private final int token;

    FilterArchitecture(int token) {
        this.token = token;
    }

    int token() {
        return token;
    }

    /**
     * Those of a profile that this machine can run, the machine's own always among them: profiles
     * list what they know, be it for other machines.
     */
    static List<FilterArchitecture> parse(List<String> names) {
        List<FilterArchitecture> family = family(Architecture.current());
        List<FilterArchitecture> parsed = new ArrayList<>();
        parsed.add(family.getFirst());
        for (String name : names) {
            if (!name.startsWith(PREFIX)) {
                throw new InvalidArgumentException("unknown seccomp architecture: " + name);
            }
            family.stream()
                    .filter(one -> one.name().equals(name.substring(PREFIX.length())))
                    .filter(one -> !parsed.contains(one))
                    .forEach(parsed::add);
        }
        return parsed;
    }

    private static List<FilterArchitecture> family(Architecture architecture) {
        return switch (architecture) {
            case X86_64 -> List.of(X86_64, X86, X32);
            case AARCH64 -> List.of(AARCH64, ARM);
        };
    }
}
