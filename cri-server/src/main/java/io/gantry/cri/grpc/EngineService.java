package io.gantry.cri.grpc;

import io.gantry.proto.engine.EngineGrpc;
import io.grpc.ServerServiceDefinition;

/** Binds each method of Gantry's own service to the function that serves it. */
final class EngineService {

    private EngineService() {}

    static ServerServiceDefinition bind(
            EngineLists lists,
            EngineEndpoint engine,
            EngineStreams streams,
            PodForwards forwards,
            UnaryCalls calls,
            StreamCalls streamCalls) {
        return ServerServiceDefinition.builder(EngineGrpc.getServiceDescriptor())
                .addMethod(EngineGrpc.getVersionMethod(), calls.unary(lists::version))
                .addMethod(EngineGrpc.getInfoMethod(), calls.unary(lists::info))
                .addMethod(EngineGrpc.getListContainersMethod(), calls.unary(lists::listContainers))
                .addMethod(EngineGrpc.getListPodsMethod(), calls.unary(lists::listPods))
                .addMethod(EngineGrpc.getCreateContainerMethod(), calls.unary(engine::create))
                .addMethod(EngineGrpc.getStartContainerMethod(), calls.unary(engine::start))
                .addMethod(EngineGrpc.getStopContainerMethod(), calls.unary(engine::stop))
                .addMethod(EngineGrpc.getKillContainerMethod(), calls.unary(engine::kill))
                .addMethod(EngineGrpc.getRemoveContainerMethod(), calls.unary(engine::remove))
                .addMethod(EngineGrpc.getInspectContainerMethod(), calls.unary(engine::inspect))
                .addMethod(EngineGrpc.getWaitMethod(), calls.interruptible(engine::await))
                .addMethod(EngineGrpc.getAttachMethod(), streamCalls.dialogue(streams::attach))
                .addMethod(EngineGrpc.getExecMethod(), streamCalls.dialogue(streams::exec))
                .addMethod(EngineGrpc.getFindPodMethod(), calls.unary(forwards::findPod))
                .addMethod(EngineGrpc.getForwardMethod(), streamCalls.dialogue(forwards::forward))
                .addMethod(EngineGrpc.getLogsMethod(), streamCalls.narration(streams::logs))
                .build();
    }
}
