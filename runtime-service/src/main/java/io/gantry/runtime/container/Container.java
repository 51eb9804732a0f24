package io.gantry.runtime.container;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.pod.PodSandboxId;
import java.time.Instant;

/**
 * A container: what it is and what was last observed of it.
 *
 * @param imageId the image it runs
 * @param imageRef repository digest of the image, or its id
 * @param logFile absolute path of its log; empty: none
 * @param cgroup path of its cgroup below each hierarchy
 * @param user known once the specification is built
 * @param stopSignal what asks it to end
 * @param resources limits in force, updates included
 */
@JsonPropertyOrder(alphabetic = true)
public record Container(
        ContainerId id,
        PodSandboxId podSandboxId,
        ContainerConfig config,
        String imageId,
        String imageRef,
        String logFile,
        String cgroup,
        ContainerUser user,
        Signal stopSignal,
        LinuxResources resources,
        Instant createdAt,
        ContainerStatus status) {

    /** The same with another status. */
    public Container with(ContainerStatus other) {
        return new Container(
                id,
                podSandboxId,
                config,
                imageId,
                imageRef,
                logFile,
                cgroup,
                user,
                stopSignal,
                resources,
                createdAt,
                other);
    }

    /** The same with another user. */
    public Container with(ContainerUser other) {
        return new Container(
                id,
                podSandboxId,
                config,
                imageId,
                imageRef,
                logFile,
                cgroup,
                other,
                stopSignal,
                resources,
                createdAt,
                status);
    }

    /** The same with other limits. */
    public Container with(LinuxResources other) {
        return new Container(
                id,
                podSandboxId,
                config,
                imageId,
                imageRef,
                logFile,
                cgroup,
                user,
                stopSignal,
                other,
                createdAt,
                status);
    }

    @JsonIgnore
    public ContainerMetadata metadata() {
        return config.metadata();
    }

    @JsonIgnore
    public ContainerState state() {
        return status.state();
    }

    /**
     * This container, if it runs.
     *
     * @param verb what is to be done to it, as {@code execute in}
     * @throws FailedPreconditionException if it does not run
     */
    public Container requireRunning(String verb) {
        if (state() != ContainerState.RUNNING) {
            throw new FailedPreconditionException(
                    "cannot " + verb + " container " + id + ": it is " + state() + ", not RUNNING");
        }
        return this;
    }
}
