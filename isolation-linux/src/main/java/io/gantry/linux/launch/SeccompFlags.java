package io.gantry.linux.launch;

import io.gantry.base.error.InvalidArgumentException;
import java.util.List;

/** Flags of seccomp(2) by the names of the OCI specification. */
final class SeccompFlags {

    private SeccompFlags() {}

    static long of(List<String> names) {
        long flags = 0;
        for (String name : names) {
            flags |=
                    switch (name) {
                        case "SECCOMP_FILTER_FLAG_TSYNC" -> 1;
                        case "SECCOMP_FILTER_FLAG_LOG" -> 2;
                        case "SECCOMP_FILTER_FLAG_SPEC_ALLOW" -> 4;
                        default ->
                                throw new InvalidArgumentException(
                                        "seccomp flag " + name + " is not supported");
                    };
        }
        return flags;
    }
}
