package io.gantry.cri.grpc;

import io.gantry.proto.cri.RuntimeServiceGrpc;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import java.util.LinkedHashMap;
import java.util.Map;

/** The calls of the CRI that are not built yet, and what to use meanwhile. */
final class UnbuiltCalls {

    private static final String CHECKPOINT = "stop the container and start a new one instead";

    private UnbuiltCalls() {}

    /** Each with the sentence that says what to use. */
    static Map<MethodDescriptor<?, ?>, String> sentences() {
        Map<MethodDescriptor<?, ?>, String> hints = new LinkedHashMap<>();
        hints.put(RuntimeServiceGrpc.getCheckpointContainerMethod(), CHECKPOINT);
        hints.put(RuntimeServiceGrpc.getCheckpointPodMethod(), CHECKPOINT);
        hints.put(RuntimeServiceGrpc.getRestorePodMethod(), "use RunPodSandbox");
        Map<MethodDescriptor<?, ?>, String> sentences = new LinkedHashMap<>();
        hints.forEach(
                (method, hint) ->
                        sentences.put(
                                method, method.getBareMethodName() + " is not built yet: " + hint));
        return sentences;
    }

    static void addTo(ServerServiceDefinition.Builder service, UnaryCalls calls) {
        sentences().forEach((method, sentence) -> add(service, method, sentence, calls));
    }

    private static <Q, R> void add(
            ServerServiceDefinition.Builder service,
            MethodDescriptor<Q, R> method,
            String sentence,
            UnaryCalls calls) {
        service.addMethod(
                method,
                method.getType().serverSendsOneMessage()
                        ? calls.<Q, R>unimplemented(sentence)
                        : calls.<Q, R>unimplementedStream(sentence));
    }
}
