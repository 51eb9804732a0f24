package io.gantry.cli;

import io.gantry.proto.build.BuildsGrpc;
import io.gantry.proto.build.CacheEntry;
import io.gantry.proto.build.CacheKind;
import io.gantry.proto.build.ListCacheRequest;
import io.gantry.proto.build.ListCacheResponse;
import io.gantry.proto.build.PruneCacheRequest;
import io.gantry.proto.build.PruneCacheResponse;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What builds keep, as three entries that never go, and a record of what was asked. */
final class FakeBuilds extends BuildsGrpc.BuildsImplBase {

    private static final List<CacheEntry> ENTRIES =
            List.of(
                    CacheEntry.newBuilder()
                            .setId("sha256:0123456789abcdef")
                            .setKind(CacheKind.CACHE_STEP)
                            .setDescription("RUN make " + "all ".repeat(30))
                            .setBytes(3000)
                            .setUses(2)
                            .build(),
                    CacheEntry.newBuilder()
                            .setId("feed/0")
                            .setKind(CacheKind.CACHE_MOUNT)
                            .setDescription("/root/.m2")
                            .setBytes(500)
                            .setInUse(true)
                            .build(),
                    CacheEntry.newBuilder()
                            .setId("beef/0")
                            .setKind(CacheKind.CACHE_CONTEXT)
                            .setDescription("directory /src")
                            .setBytes(1)
                            .setShared(true)
                            .build());

    final List<PruneCacheRequest> pruneRequests = new CopyOnWriteArrayList<>();

    @Override
    public void listCache(ListCacheRequest request, StreamObserver<ListCacheResponse> answer) {
        answer.onNext(ListCacheResponse.newBuilder().addAllEntries(ENTRIES).build());
        answer.onCompleted();
    }

    @Override
    public void pruneCache(PruneCacheRequest request, StreamObserver<PruneCacheResponse> answer) {
        pruneRequests.add(request);
        answer.onNext(
                PruneCacheResponse.newBuilder()
                        .addEntries(ENTRIES.getFirst())
                        .setFreedBytes(3000)
                        .build());
        answer.onCompleted();
    }
}
