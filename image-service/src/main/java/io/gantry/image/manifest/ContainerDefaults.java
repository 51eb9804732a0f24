package io.gantry.image.manifest;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a container of an image runs unless told otherwise: the {@code config} object of the image
 * configuration. Image content, hence hostile: nothing here is checked for sense.
 *
 * @param user {@code user[:group]} as names or numbers; empty: root
 * @param exposedPorts as {@code 80/tcp}
 * @param env as NAME=value
 * @param entrypoint comes before {@code cmd}
 * @param cmd arguments, or the whole command when there is no entrypoint
 * @param volumes paths that hold data of their own
 * @param workingDir may be empty
 * @param labels in order
 * @param stopSignal name or number; empty: SIGTERM
 * @param healthcheck null: none
 */
public record ContainerDefaults(
        String user,
        List<String> exposedPorts,
        List<String> env,
        List<String> entrypoint,
        List<String> cmd,
        List<String> volumes,
        String workingDir,
        Map<String, String> labels,
        String stopSignal,
        @Nullable Healthcheck healthcheck) {

    public ContainerDefaults {
        exposedPorts = List.copyOf(exposedPorts);
        env = List.copyOf(env);
        entrypoint = List.copyOf(entrypoint);
        cmd = List.copyOf(cmd);
        volumes = List.copyOf(volumes);
        labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
    }

    /**
     * Docker's health check; Kubernetes ignores it.
     *
     * @param test NONE, or CMD or CMD-SHELL and its arguments
     * @param interval zero: the default, as for all durations
     * @param retries zero: the default
     */
    public record Healthcheck(
            List<String> test,
            Duration interval,
            Duration timeout,
            Duration startPeriod,
            Duration startInterval,
            long retries) {
        public Healthcheck {
            test = List.copyOf(test);
        }
    }
}
