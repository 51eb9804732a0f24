package io.gantry.cli;

import io.gantry.proto.engine.CreateContainerRequest;
import java.util.List;
import picocli.CommandLine.Option;

/** What a container may do. */
final class SecurityOptions {

    @Option(
            names = "--privileged",
            description = "All capabilities and devices, no seccomp profile.")
    private boolean privileged;

    @Option(
            names = "--cap-add",
            paramLabel = "CAP",
            description = "Add a capability, as NET_ADMIN, or ALL.")
    private List<String> added = List.of();

    @Option(names = "--cap-drop", paramLabel = "CAP", description = "Drop a capability, or ALL.")
    private List<String> dropped = List.of();

    @Option(names = "--read-only", description = "The root file system cannot be written.")
    private boolean readonly;

    void applyTo(CreateContainerRequest.Builder request) {
        request.setPrivileged(privileged)
                .addAllCapAdd(added)
                .addAllCapDrop(dropped)
                .setReadonlyRootfs(readonly);
    }
}
