package io.gantry.cri.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gantry.proto.cri.RuntimeServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class UnbuiltCallsTest {

    @TempDir Path dir;

    static Stream<MethodDescriptor<?, ?>> unbuilt() {
        return UnbuiltCalls.sentences().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("unbuilt")
    void eachAnswersWithItsNameAndWhatToUse(MethodDescriptor<?, ?> method) throws Exception {
        try (InProcessDaemon daemon = new InProcessDaemon(dir)) {
            Status status =
                    catchThrowableOfType(StatusRuntimeException.class, () -> call(daemon, method))
                            .getStatus();

            assertThat(status.getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
            assertThat(status.getDescription())
                    .startsWith(method.getBareMethodName() + " is not built yet: ")
                    .hasSizeGreaterThan(40);
        }
    }

    @Test
    void everyMethodOfTheServiceIsBound() throws Exception {
        try (InProcessDaemon daemon = new InProcessDaemon(dir)) {
            assertThat(RuntimeServiceGrpc.getServiceDescriptor().getMethods())
                    .containsAll(UnbuiltCalls.sentences().keySet())
                    .hasSize(37);
            assertThat(daemon.channel()).isNotNull();
        }
    }

    private static <Q, R> void call(InProcessDaemon daemon, MethodDescriptor<Q, R> method) {
        Q empty = method.getRequestMarshaller().parse(new ByteArrayInputStream(new byte[0]));
        if (method.getType().serverSendsOneMessage()) {
            ClientCalls.blockingUnaryCall(daemon.channel(), method, CallOptions.DEFAULT, empty);
        } else {
            ClientCalls.blockingServerStreamingCall(
                            daemon.channel(), method, CallOptions.DEFAULT, empty)
                    .forEachRemaining(message -> {});
        }
    }
}
