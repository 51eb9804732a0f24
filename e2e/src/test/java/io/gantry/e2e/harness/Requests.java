package io.gantry.e2e.harness;

import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ContainerMetadata;
import io.gantry.proto.cri.LinuxContainerConfig;
import io.gantry.proto.cri.LinuxContainerResources;
import io.gantry.proto.cri.LinuxContainerSecurityContext;
import io.gantry.proto.cri.LinuxPodSandboxConfig;
import io.gantry.proto.cri.LinuxSandboxSecurityContext;
import io.gantry.proto.cri.Mount;
import io.gantry.proto.cri.NamespaceMode;
import io.gantry.proto.cri.NamespaceOption;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.PodSandboxMetadata;
import java.nio.file.Path;
import java.util.List;

/** What a kubelet asks for, as builders that a scenario completes. */
public final class Requests {

    private Requests() {}

    /** A pod as the kubelet makes most of them, whose containers log below {@code logs}. */
    public static PodSandboxConfig.Builder pod(String name, Path logs) {
        return PodSandboxConfig.newBuilder()
                .setMetadata(
                        PodSandboxMetadata.newBuilder()
                                .setName(name)
                                .setUid("uid-" + name)
                                .setNamespace("e2e"))
                .setHostname(name)
                .setLinux(namespaces(NamespaceMode.POD))
                .setLogDirectory(logs.resolve(name).toString());
    }

    /** The namespaces of a pod; pid is each container's own. */
    public static LinuxPodSandboxConfig namespaces(NamespaceMode network) {
        return namespaces(network, NamespaceMode.CONTAINER);
    }

    public static LinuxPodSandboxConfig namespaces(NamespaceMode network, NamespaceMode pid) {
        return LinuxPodSandboxConfig.newBuilder()
                .setSecurityContext(
                        LinuxSandboxSecurityContext.newBuilder()
                                .setNamespaceOptions(options(network, pid)))
                .build();
    }

    private static NamespaceOption options(NamespaceMode network, NamespaceMode pid) {
        return NamespaceOption.newBuilder().setNetwork(network).setPid(pid).build();
    }

    /** A container that logs to NAME.log. */
    public static ContainerConfig.Builder container(String name, String image) {
        return ContainerConfig.newBuilder()
                .setMetadata(ContainerMetadata.newBuilder().setName(name))
                .setImage(Cri.image(image))
                .setLinux(
                        LinuxContainerConfig.newBuilder()
                                .setSecurityContext(
                                        LinuxContainerSecurityContext.newBuilder()
                                                .setNamespaceOptions(
                                                        options(
                                                                NamespaceMode.POD,
                                                                NamespaceMode.CONTAINER))))
                .setLogPath(name + ".log");
    }

    /** One that runs a shell script. */
    public static ContainerConfig.Builder script(String name, String image, String script) {
        return container(name, image).addAllCommand(List.of("/bin/sh", "-c", script));
    }

    /** Neither memory nor swap beyond that. */
    public static LinuxContainerResources memory(long bytes) {
        return LinuxContainerResources.newBuilder()
                .setMemoryLimitInBytes(bytes)
                .setMemorySwapLimitInBytes(bytes)
                .build();
    }

    /** A directory of an image; the empty one is all of it. */
    public static Mount imageVolume(String image, String subPath, String target) {
        return Mount.newBuilder()
                .setImage(Cri.image(image))
                .setImageSubPath(subPath)
                .setContainerPath(target)
                .setReadonly(true)
                .build();
    }

    public static Mount bind(Path source, String target) {
        return Mount.newBuilder().setHostPath(source.toString()).setContainerPath(target).build();
    }
}
