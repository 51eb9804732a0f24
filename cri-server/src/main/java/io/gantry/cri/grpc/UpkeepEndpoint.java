package io.gantry.cri.grpc;

import io.gantry.base.Deadline;
import io.gantry.base.Finding;
import io.gantry.image.service.StoreCheck;
import io.gantry.proto.engine.CheckRequest;
import io.gantry.proto.engine.CheckResponse;
import io.gantry.proto.engine.UpkeepGrpc;
import io.grpc.ServerServiceDefinition;
import java.io.IOException;
import java.util.List;

/** The call that looks after what the daemon keeps. */
final class UpkeepEndpoint {

    private final GrpcServices.Upkeep upkeep;

    UpkeepEndpoint(GrpcServices.Upkeep upkeep) {
        this.upkeep = upkeep;
    }

    ServerServiceDefinition bind(UnaryCalls calls) {
        return ServerServiceDefinition.builder(UpkeepGrpc.getServiceDescriptor())
                .addMethod(UpkeepGrpc.getCheckMethod(), calls.interruptible(this::check))
                .build();
    }

    private CheckResponse check(CheckRequest request, Deadline deadline) throws IOException {
        List<Finding> runtime = upkeep.runtime().check(request.getRepair());
        StoreCheck.Report images =
                upkeep.images().check(request.getRepair(), !request.getSkipBlobs());
        CheckResponse.Builder response =
                CheckResponse.newBuilder()
                        .setBlobs(images.blobs())
                        .setBlobBytes(images.bytes())
                        .setLayers(images.layers());
        runtime.forEach(found -> response.addFindings(toProto(found)));
        images.findings().forEach(found -> response.addFindings(toProto(found)));
        return response.build();
    }

    private static io.gantry.proto.engine.Finding toProto(Finding found) {
        return io.gantry.proto.engine.Finding.newBuilder()
                .setKind(found.kind())
                .setSubject(found.subject())
                .setProblem(found.problem())
                .setRepaired(found.repaired())
                .setFailure(found.failure())
                .build();
    }
}
