package io.gantry.linux.launch;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A call of an OCI runtime that starts a process and ends while that process lives, as {@code runc
 * create} and {@code runc exec --detach} do.
 *
 * @param name for messages, as "runc create"
 * @param argv the first is the path of the binary
 * @param pidFile that the call has the runtime write the pid of the process to; not there before
 * @param console where the call has the runtime connect to with the master of a terminal; at most
 *     107 bytes, and nothing is there before
 */
public record RuntimeCall(String name, List<String> argv, Path pidFile, Optional<Path> console) {
    public RuntimeCall {
        argv = List.copyOf(argv);
    }
}
