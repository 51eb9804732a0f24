package io.gantry.runtime.pod;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.time.Instant;

/**
 * A sandbox: what it is and what was last observed of it.
 *
 * @param runtimeHandler as the client named it; empty: the default
 * @param hostname what the pod's UTS namespace calls itself; the host's name for a host network
 * @param cgroup path of the sandbox's own cgroup below each hierarchy
 * @param selinux labels, decided when the pod was made
 */
@JsonPropertyOrder(alphabetic = true)
public record PodSandbox(
        PodSandboxId id,
        PodOwner owner,
        String runtimeHandler,
        PodSandboxConfig config,
        String hostname,
        String cgroup,
        Instant createdAt,
        // An earlier daemon, which knows of no labels, reads a record that has none.
        @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = SelinuxLabels.class)
                SelinuxLabels selinux,
        PodSandboxStatus status) {

    public PodSandbox {
        // A daemon that knew none has written some that are read back by this one.
        selinux = selinux == null ? SelinuxLabels.NONE : selinux;
    }

    /** One without labels. */
    public PodSandbox(
            PodSandboxId id,
            PodOwner owner,
            String runtimeHandler,
            PodSandboxConfig config,
            String hostname,
            String cgroup,
            Instant createdAt,
            PodSandboxStatus status) {
        this(
                id,
                owner,
                runtimeHandler,
                config,
                hostname,
                cgroup,
                createdAt,
                SelinuxLabels.NONE,
                status);
    }

    /** The same with another status. */
    public PodSandbox with(PodSandboxStatus other) {
        return new PodSandbox(
                id, owner, runtimeHandler, config, hostname, cgroup, createdAt, selinux, other);
    }

    /** The same with other wishes. */
    public PodSandbox with(PodSandboxConfig other) {
        return new PodSandbox(
                id, owner, runtimeHandler, other, hostname, cgroup, createdAt, selinux, status);
    }

    /** The same with labels. */
    public PodSandbox with(SelinuxLabels other) {
        return new PodSandbox(
                id, owner, runtimeHandler, config, hostname, cgroup, createdAt, other, status);
    }

    /** What the client calls it. */
    @JsonIgnore
    public PodSandboxMetadata metadata() {
        return config.metadata();
    }

    @JsonIgnore
    public PodSandboxState state() {
        return status.state();
    }

    /** Whether containers can be made in it. */
    @JsonIgnore
    public boolean isReady() {
        return status.state() == PodSandboxState.READY;
    }
}
