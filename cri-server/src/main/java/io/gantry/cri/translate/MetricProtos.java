package io.gantry.cri.translate;

import io.gantry.proto.cri.MetricDescriptor;
import io.gantry.proto.cri.PodSandboxMetrics;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.stats.ContainerDetails;
import io.gantry.runtime.stats.GroupUse;
import io.gantry.runtime.stats.PodDetails;
import java.util.List;
import java.util.stream.Stream;

/**
 * What pods and containers use, under the names that cAdvisor has made known. Series of a pod as a
 * whole have an empty container label.
 */
public final class MetricProtos {

    private MetricProtos() {}

    /** Every metric that a pod or a container may have. */
    public static List<MetricDescriptor> descriptors() {
        return Stream.of(GroupMetrics.ALL, NetworkMetrics.ALL, ContainerMetrics.ALL)
                .flatMap(families -> families.stream().map(MetricFamily::descriptor))
                .toList();
    }

    /** The metrics of a pod and of its containers. */
    public static PodSandboxMetrics toProto(PodDetails details) {
        PodSandbox pod = details.use().pod();
        GroupUse group = details.use().group();
        long at = Fields.nanos(group.at());
        List<String> labels = labels(pod, "", pod.cgroup(), "");
        PodSandboxMetrics.Builder proto =
                PodSandboxMetrics.newBuilder().setPodSandboxId(pod.id().value());
        GroupMetrics.ALL.stream()
                .flatMap(family -> family.read(group, labels, at))
                .forEach(proto::addMetrics);
        NetworkMetrics.ALL.stream()
                .flatMap(family -> family.read(details.use(), labels, at))
                .forEach(proto::addMetrics);
        details.containers().forEach(each -> proto.addContainerMetrics(container(pod, each)));
        return proto.build();
    }

    private static io.gantry.proto.cri.ContainerMetrics container(
            PodSandbox pod, ContainerDetails details) {
        Container container = details.use().container();
        long at = Fields.nanos(details.group().at());
        List<String> labels =
                labels(
                        pod,
                        container.metadata().name(),
                        container.cgroup(),
                        container.config().image().image());
        io.gantry.proto.cri.ContainerMetrics.Builder proto =
                io.gantry.proto.cri.ContainerMetrics.newBuilder()
                        .setContainerId(container.id().value());
        GroupMetrics.ALL.stream()
                .flatMap(family -> family.read(details.group(), labels, at))
                .forEach(proto::addMetrics);
        ContainerMetrics.ALL.stream()
                .flatMap(family -> family.read(details, labels, at))
                .forEach(proto::addMetrics);
        return proto.build();
    }

    /** In the order of {@link MetricFamily#COMMON}. */
    private static List<String> labels(
            PodSandbox pod, String container, String cgroup, String image) {
        return List.of(pod.metadata().name(), pod.metadata().namespace(), container, cgroup, image);
    }
}
