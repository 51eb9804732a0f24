package io.gantry.runtime.container;

import io.gantry.runtime.pod.LinuxResources;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks a container to be (CRI {@code ContainerConfig} with its Linux part).
 *
 * @param command replaces the image's entrypoint; empty: the image's
 * @param args replaces the image's arguments; empty: the image's unless command is set
 * @param workingDir empty: the image's
 * @param logPath below the pod's log directory; empty: no log
 * @param stdin whether standard input stays open for clients that attach
 * @param stdinOnce whether it is closed when the first of them goes
 * @param cdiDevices names of CDI devices
 * @param stopSignal null: the image's
 */
public record ContainerConfig(
        ContainerMetadata metadata,
        ImageSpec image,
        List<String> command,
        List<String> args,
        String workingDir,
        List<EnvVar> envs,
        List<ContainerMount> mounts,
        List<ContainerDevice> devices,
        Map<String, String> labels,
        Map<String, String> annotations,
        String logPath,
        boolean stdin,
        boolean stdinOnce,
        boolean tty,
        LinuxResources resources,
        ContainerSecurity security,
        List<String> cdiDevices,
        @Nullable Signal stopSignal) {

    public ContainerConfig {
        command = List.copyOf(command);
        args = List.copyOf(args);
        envs = List.copyOf(envs);
        mounts = List.copyOf(mounts);
        devices = List.copyOf(devices);
        labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
        annotations = Collections.unmodifiableMap(new LinkedHashMap<>(annotations));
        cdiDevices = List.copyOf(cdiDevices);
    }

    /** The same with other volumes. */
    public ContainerConfig with(List<ContainerMount> other) {
        return new ContainerConfig(
                metadata,
                image,
                command,
                args,
                workingDir,
                envs,
                other,
                devices,
                labels,
                annotations,
                logPath,
                stdin,
                stdinOnce,
                tty,
                resources,
                security,
                cdiDevices,
                stopSignal);
    }

    /** A container that runs {@code command}; everything else is the CRI's default. */
    public static ContainerConfig of(String name, String image, List<String> command) {
        return new ContainerConfig(
                new ContainerMetadata(name, 0),
                ImageSpec.of(image),
                command,
                List.of(),
                "",
                List.of(),
                List.of(),
                List.of(),
                Map.of(),
                Map.of(),
                "",
                false,
                false,
                false,
                LinuxResources.none(),
                ContainerSecurity.defaults(),
                List.of(),
                null);
    }
}
