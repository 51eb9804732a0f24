package io.gantry.cri.grpc;

import io.gantry.base.Clock;
import io.gantry.cri.engine.ContainerLookup;
import io.gantry.proto.image.ImagesGrpc;
import io.grpc.ServerServiceDefinition;

/** Binds each method of Gantry's own image service to the function that serves it. */
final class ImagesService {

    private ImagesService() {}

    static ServerServiceDefinition bind(
            ImageTools images,
            GrpcServices.Workloads runtime,
            ContainerLookup lookup,
            Clock clock) {
        UnaryCalls calls = new UnaryCalls(clock);
        StreamCalls streams = new StreamCalls();
        PullStreams pulls = new PullStreams(images.pulls(), clock);
        PushStreams pushes = new PushStreams(images.manager(), images.pusher(), clock);
        ArchiveStreams archives = new ArchiveStreams(images.archives(), clock);
        EventStreams events = new EventStreams(images.events(), runtime.watch().events(), clock);
        ImageVerbs verbs = new ImageVerbs(images, runtime.containers(), lookup);
        return ServerServiceDefinition.builder(ImagesGrpc.getServiceDescriptor())
                .addMethod(ImagesGrpc.getPullMethod(), streams.narration(pulls::pull))
                .addMethod(ImagesGrpc.getAttachPullMethod(), streams.narration(pulls::attach))
                .addMethod(ImagesGrpc.getListPullsMethod(), calls.unary(pulls::list))
                .addMethod(ImagesGrpc.getPushMethod(), streams.narration(pushes::push))
                .addMethod(ImagesGrpc.getSaveMethod(), streams.narration(archives::save))
                .addMethod(ImagesGrpc.getLoadMethod(), streams.dialogue(archives::load))
                .addMethod(ImagesGrpc.getEventsMethod(), streams.narration(events::events))
                .addMethod(ImagesGrpc.getLoginMethod(), calls.unary(verbs::login))
                .addMethod(ImagesGrpc.getTagMethod(), calls.unary(verbs::tag))
                .addMethod(ImagesGrpc.getRemoveMethod(), calls.unary(verbs::remove))
                .addMethod(ImagesGrpc.getListMethod(), calls.unary(verbs::list))
                .addMethod(ImagesGrpc.getInspectMethod(), calls.unary(verbs::inspect))
                .addMethod(ImagesGrpc.getHistoryMethod(), calls.unary(verbs::history))
                .addMethod(ImagesGrpc.getPruneMethod(), calls.unary(verbs::prune))
                .addMethod(ImagesGrpc.getDiskUsageMethod(), calls.unary(verbs::diskUsage))
                .addMethod(ImagesGrpc.getDiffMethod(), calls.unary(verbs::diff))
                .build();
    }
}
