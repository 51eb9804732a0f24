package io.gantry.cri.grpc;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.cri.build.JoinedCache;
import io.gantry.cri.translate.BuildRequests;
import io.gantry.cri.translate.BuildResponses;
import io.gantry.image.build.api.BuildCache;
import io.gantry.proto.build.BuildsGrpc;
import io.gantry.proto.build.ListCacheRequest;
import io.gantry.proto.build.ListCacheResponse;
import io.gantry.proto.build.PruneCacheRequest;
import io.gantry.proto.build.PruneCacheResponse;
import io.grpc.ServerServiceDefinition;

/** Binds each method of the build service to the function that serves it. */
final class BuildsService {

    private final BuildCache cache;

    private BuildsService(BuildCache cache) {
        this.cache = cache;
    }

    static ServerServiceDefinition bind(BuildTools tools, ImageTools images, Clock clock) {
        UnaryCalls calls = new UnaryCalls(clock);
        BuildsService service =
                new BuildsService(new JoinedCache(tools.builder().cache(), tools.contexts()));
        BuildStreams streams = new BuildStreams(tools, images.archives(), clock);
        return ServerServiceDefinition.builder(BuildsGrpc.getServiceDescriptor())
                .addMethod(BuildsGrpc.getBuildMethod(), new StreamCalls().dialogue(streams::build))
                .addMethod(BuildsGrpc.getListCacheMethod(), calls.unary(service::list))
                .addMethod(BuildsGrpc.getPruneCacheMethod(), calls.unary(service::prune))
                .build();
    }

    private ListCacheResponse list(ListCacheRequest request, Deadline deadline) {
        ListCacheResponse.Builder response = ListCacheResponse.newBuilder();
        cache.list().forEach(each -> response.addEntries(BuildResponses.toProto(each)));
        return response.build();
    }

    private PruneCacheResponse prune(PruneCacheRequest request, Deadline deadline) {
        BuildCache.Pruned pruned = cache.prune(BuildRequests.toDomain(request));
        PruneCacheResponse.Builder response =
                PruneCacheResponse.newBuilder().setFreedBytes(pruned.freedBytes());
        pruned.entries().forEach(each -> response.addEntries(BuildResponses.toProto(each)));
        return response.build();
    }
}
