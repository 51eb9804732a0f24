package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.proto.cri.ImageServiceGrpc;
import io.gantry.proto.cri.RuntimeConfigRequest;
import io.gantry.proto.cri.RuntimeServiceGrpc;
import io.gantry.proto.cri.StatusRequest;
import io.gantry.proto.cri.VersionRequest;
import io.gantry.proto.cri.VersionResponse;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.BlockingClientCall;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ServicesE2eIT {

    @RegisterExtension static final Node NODE = Node.shared();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final List<String> UNBUILT =
            List.of("CheckpointContainer", "CheckpointPod", "RestorePod");

    @Test
    void everyCallOfTheCriThatIsNotBuiltSaysWhatToDoInstead() throws Exception {
        List<String> unbuilt = new ArrayList<>();
        for (MethodDescriptor<?, ?> method :
                RuntimeServiceGrpc.getServiceDescriptor().getMethods()) {
            Status status = call(method);
            if (status.getCode() == Status.Code.UNIMPLEMENTED) {
                unbuilt.add(method.getBareMethodName());
                assertThat(status.getDescription())
                        .startsWith(method.getBareMethodName() + " is not built yet: ")
                        .hasSizeGreaterThan(40);
            }
        }
        assertThat(unbuilt).containsExactlyInAnyOrderElementsOf(UNBUILT);
    }

    @Test
    void everyCallOfTheImageServiceIsBuilt() throws Exception {
        for (MethodDescriptor<?, ?> method : ImageServiceGrpc.getServiceDescriptor().getMethods()) {
            assertThat(call(method).getCode())
                    .as(method.getFullMethodName())
                    .isNotEqualTo(Status.Code.UNIMPLEMENTED);
        }
    }

    @Test
    void reflectionListsEveryServiceAndDescribesIt() throws Exception {
        BlockingClientCall<ServerReflectionRequest, ServerReflectionResponse> call =
                ServerReflectionGrpc.newBlockingV2Stub(NODE.cri().channel()).serverReflectionInfo();
        call.write(ServerReflectionRequest.newBuilder().setListServices("").build());
        assertThat(call.read().getListServicesResponse().getServiceList())
                .extracting(ServiceResponse::getName)
                .contains(
                        "runtime.v1.RuntimeService",
                        "runtime.v1.ImageService",
                        "gantry.engine.v1.Engine",
                        "grpc.health.v1.Health");
        call.write(
                ServerReflectionRequest.newBuilder()
                        .setFileContainingSymbol("runtime.v1.RuntimeService")
                        .build());
        assertThat(call.read().getFileDescriptorResponse().getFileDescriptorProtoList())
                .isNotEmpty();
        call.halfClose();
    }

    @Test
    void healthIsServing() {
        assertThat(NODE.cri().health().check(HealthCheckRequest.getDefaultInstance()).getStatus())
                .isEqualTo(ServingStatus.SERVING);
    }

    @Test
    void theHandshakeIsWhatAKubeletExpects() {
        VersionResponse version = NODE.cri().runtime().version(VersionRequest.getDefaultInstance());
        assertThat(version.getVersion()).isEqualTo("0.1.0");
        assertThat(version.getRuntimeName()).isEqualTo("gantry");
        assertThat(version.getRuntimeVersion()).matches("\\d+\\.\\d+\\.\\d+.*");
        assertThat(version.getRuntimeApiVersion()).isEqualTo("v1");
    }

    @Test
    void theStatusNamesTheRuntimeReadyAndWhyTheNetworkIsNot() {
        var status = NODE.cri().runtime().status(StatusRequest.getDefaultInstance());
        assertThat(status.getStatus().getConditionsList())
                .anySatisfy(
                        each -> {
                            assertThat(each.getType()).isEqualTo("RuntimeReady");
                            assertThat(each.getStatus()).isTrue();
                        })
                .anySatisfy(
                        each -> {
                            assertThat(each.getType()).isEqualTo("NetworkReady");
                            assertThat(each.getStatus()).isFalse();
                            assertThat(each.getMessage())
                                    .contains(NODE.daemon().cniConfig().toString());
                        });
        assertThat(status.getRuntimeHandlersList())
                .anySatisfy(handler -> assertThat(handler.getName()).isEmpty());
        assertThat(
                        NODE.cri()
                                .runtime()
                                .runtimeConfig(RuntimeConfigRequest.getDefaultInstance())
                                .hasLinux())
                .isTrue();
    }

    /** One call goes on until its client has enough. */
    private static Duration limit(MethodDescriptor<?, ?> method) {
        return method.equals(RuntimeServiceGrpc.getGetContainerEventsMethod())
                ? Duration.ofSeconds(1)
                : Await.seconds(60);
    }

    /** What an empty request is answered with. */
    private static <Q, R> Status call(MethodDescriptor<Q, R> method) throws Exception {
        Q empty = method.parseRequest(new ByteArrayInputStream(new byte[0]));
        Throwable failure =
                catchThrowable(
                        () -> {
                            var answers =
                                    ClientCalls.blockingServerStreamingCall(
                                            NODE.cri().channel(),
                                            method,
                                            CallOptions.DEFAULT.withDeadlineAfter(limit(method)),
                                            empty);
                            answers.forEachRemaining(_ -> {});
                        });
        return failure == null ? Status.OK : Status.fromThrowable(failure);
    }
}
