package io.gantry.cri.grpc;

import io.gantry.base.Deadline;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.cri.config.CriServerConfig;
import io.gantry.cri.config.NodeFacts;
import io.gantry.cri.translate.PodCidrs;
import io.gantry.cri.translate.VerboseInfo;
import io.gantry.proto.cri.CgroupDriver;
import io.gantry.proto.cri.LinuxRuntimeConfiguration;
import io.gantry.proto.cri.RuntimeCondition;
import io.gantry.proto.cri.RuntimeConfigRequest;
import io.gantry.proto.cri.RuntimeConfigResponse;
import io.gantry.proto.cri.RuntimeFeatures;
import io.gantry.proto.cri.RuntimeHandler;
import io.gantry.proto.cri.RuntimeHandlerFeatures;
import io.gantry.proto.cri.RuntimeStatus;
import io.gantry.proto.cri.StatusRequest;
import io.gantry.proto.cri.StatusResponse;
import io.gantry.proto.cri.UpdateRuntimeConfigRequest;
import io.gantry.proto.cri.UpdateRuntimeConfigResponse;
import io.gantry.proto.cri.VersionRequest;
import io.gantry.proto.cri.VersionResponse;
import io.gantry.runtime.oci.HandlerReport;
import io.gantry.runtime.pod.PodNetwork;
import io.gantry.runtime.pod.PodNetwork.Readiness;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The CRI's calls about the runtime as a whole. */
final class NodeEndpoint {

    /** Version of the kubelet's runtime API; the kubelet refuses any other. */
    private static final String KUBE_API_VERSION = "0.1.0";

    private static final String RUNTIME_NAME = "gantry";

    private final CriServerConfig config;
    private final NodeFacts facts;
    private final PodNetwork network;
    private final Supplier<List<HandlerReport>> handlers;

    NodeEndpoint(
            CriServerConfig config,
            NodeFacts facts,
            PodNetwork network,
            Supplier<List<HandlerReport>> handlers) {
        this.config = config;
        this.facts = facts;
        this.network = network;
        this.handlers = handlers;
    }

    VersionResponse version(VersionRequest request, Deadline deadline) {
        return VersionResponse.newBuilder()
                .setVersion(KUBE_API_VERSION)
                .setRuntimeName(RUNTIME_NAME)
                .setRuntimeVersion(facts.version())
                .setRuntimeApiVersion("v1")
                .build();
    }

    StatusResponse status(StatusRequest request, Deadline deadline) {
        List<HandlerReport> reports = handlers.get();
        StatusResponse.Builder response =
                StatusResponse.newBuilder()
                        .setStatus(
                                RuntimeStatus.newBuilder()
                                        .addConditions(condition("RuntimeReady", true, "", ""))
                                        .addConditions(networkReady(network.status()))
                                        .addAllConditions(handlersReady(reports)))
                        .addRuntimeHandlers(
                                handler(
                                        "",
                                        facts.cri().recursiveReadOnlyMounts(),
                                        facts.cri().userNamespaces()))
                        .addAllRuntimeHandlers(usable(reports))
                        .setFeatures(
                                RuntimeFeatures.newBuilder()
                                        .setSupplementalGroupsPolicy(true)
                                        .setUserNamespacesHostNetwork(facts.cri().userNamespaces())
                                        .setMountOptions(facts.cri().mountOptions()));
        if (request.getVerbose()) {
            response.putInfo("config", VerboseInfo.of(config));
            response.putInfo("runtimeHandlers", VerboseInfo.of(reports));
        }
        return response.build();
    }

    RuntimeConfigResponse runtimeConfig(RuntimeConfigRequest request, Deadline deadline) {
        CgroupDriver driver =
                facts.cgroups().driver().equals("systemd")
                        ? CgroupDriver.SYSTEMD
                        : CgroupDriver.CGROUPFS;
        return RuntimeConfigResponse.newBuilder()
                .setLinux(LinuxRuntimeConfiguration.newBuilder().setCgroupDriver(driver))
                .build();
    }

    /** The pod CIDR is the network's business, which it may have been configured for already. */
    UpdateRuntimeConfigResponse updateRuntimeConfig(
            UpdateRuntimeConfigRequest request, Deadline deadline) {
        try {
            network.usePodCidrs(
                    PodCidrs.of(request.getRuntimeConfig().getNetworkConfig().getPodCidr()));
        } catch (IOException e) {
            throw new FailedPreconditionException(String.valueOf(e.getMessage()), e);
        }
        return UpdateRuntimeConfigResponse.getDefaultInstance();
    }

    /** Those that pods can have; what they can do is what they say of themselves. */
    private List<RuntimeHandler> usable(List<HandlerReport> reports) {
        return reports.stream()
                .filter(HandlerReport::isUsable)
                .map(
                        report ->
                                handler(
                                        report.handler().name(),
                                        report.features().recursiveReadOnlyMounts()
                                                && facts.cri().recursiveReadOnlyMounts(),
                                        false))
                .toList();
    }

    private static RuntimeHandler handler(
            String name, boolean recursiveReadOnlyMounts, boolean userNamespaces) {
        return RuntimeHandler.newBuilder()
                .setName(name)
                .setFeatures(
                        RuntimeHandlerFeatures.newBuilder()
                                .setRecursiveReadOnlyMounts(recursiveReadOnlyMounts)
                                .setUserNamespaces(userNamespaces))
                .build();
    }

    /** Said only when one cannot be used: a kubelet asks for no such condition. */
    private static List<RuntimeCondition> handlersReady(List<HandlerReport> reports) {
        String problems =
                reports.stream()
                        .filter(report -> !report.isUsable())
                        .map(HandlerReport::problem)
                        .collect(Collectors.joining("; "));
        return problems.isEmpty()
                ? List.of()
                : List.of(
                        condition(
                                "RuntimeHandlersReady", false, "RuntimeHandlerUnusable", problems));
    }

    private static RuntimeCondition networkReady(Readiness readiness) {
        return condition(
                "NetworkReady",
                readiness.ready(),
                readiness.ready() ? "" : "NetworkPluginNotReady",
                readiness.message());
    }

    private static RuntimeCondition condition(
            String type, boolean status, String reason, String message) {
        return RuntimeCondition.newBuilder()
                .setType(type)
                .setStatus(status)
                .setReason(reason)
                .setMessage(message)
                .build();
    }
}
