package io.gantry.cri.grpc;

import io.gantry.base.Deadline;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.cri.engine.ContainerLookup;
import io.gantry.cri.engine.ContainerLookup.Found;
import io.gantry.cri.engine.EngineContainers;
import io.gantry.cri.engine.ExitWatch;
import io.gantry.cri.translate.EngineRequests;
import io.gantry.cri.translate.EngineResponses;
import io.gantry.cri.translate.InspectJson;
import io.gantry.proto.engine.CreateContainerRequest;
import io.gantry.proto.engine.CreateContainerResponse;
import io.gantry.proto.engine.InspectContainerRequest;
import io.gantry.proto.engine.InspectContainerResponse;
import io.gantry.proto.engine.KillContainerRequest;
import io.gantry.proto.engine.KillContainerResponse;
import io.gantry.proto.engine.RemoveContainerRequest;
import io.gantry.proto.engine.RemoveContainerResponse;
import io.gantry.proto.engine.StartContainerRequest;
import io.gantry.proto.engine.StartContainerResponse;
import io.gantry.proto.engine.StopContainerRequest;
import io.gantry.proto.engine.StopContainerResponse;
import io.gantry.proto.engine.WaitRequest;
import io.gantry.proto.engine.WaitResponse;
import io.gantry.runtime.container.Signal;
import io.gantry.runtime.service.ContainerManager;
import io.gantry.runtime.service.ExecManager;
import java.io.IOException;
import java.time.Duration;

/** The calls of Gantry's own service about one container. */
final class EngineEndpoint {

    private static final long DEFAULT_STOP_SECONDS = 10;

    private final EngineContainers engine;
    private final ContainerManager containers;
    private final ExecManager execs;
    private final ContainerLookup lookup;
    private final ExitWatch exits;

    EngineEndpoint(
            EngineContainers engine,
            ContainerManager containers,
            ExecManager execs,
            ContainerLookup lookup,
            ExitWatch exits) {
        this.engine = engine;
        this.containers = containers;
        this.execs = execs;
        this.lookup = lookup;
        this.exits = exits;
    }

    CreateContainerResponse create(CreateContainerRequest request, Deadline deadline)
            throws IOException {
        EngineContainers.Created created =
                engine.create(EngineRequests.toDomain(request), deadline);
        return CreateContainerResponse.newBuilder()
                .setId(created.id().value())
                .setPodId(created.pod().value())
                .setName(created.name())
                .build();
    }

    StartContainerResponse start(StartContainerRequest request, Deadline deadline) {
        String id = lookup.getOwn(request.getId()).id();
        try {
            containers.start(id, deadline);
        } finally {
            exits.arm(id);
        }
        return StartContainerResponse.getDefaultInstance();
    }

    WaitResponse await(WaitRequest request, Deadline deadline) throws InterruptedException {
        String id = lookup.get(request.getId()).id();
        return WaitResponse.newBuilder()
                .setExit(EngineResponses.exit(exits.arm(id).await().status()))
                .build();
    }

    StopContainerResponse stop(StopContainerRequest request, Deadline deadline) {
        long seconds =
                request.hasTimeoutSeconds() ? request.getTimeoutSeconds() : DEFAULT_STOP_SECONDS;
        if (seconds < 0) {
            throw new InvalidArgumentException(
                    "timeout_seconds is " + seconds + ": it must not be negative");
        }
        containers.stop(lookup.getOwn(request.getId()).id(), Duration.ofSeconds(seconds), deadline);
        return StopContainerResponse.getDefaultInstance();
    }

    KillContainerResponse kill(KillContainerRequest request, Deadline deadline) {
        Signal signal =
                request.getSignal().isEmpty() ? Signal.SIGKILL : Signal.parse(request.getSignal());
        containers.kill(lookup.getOwn(request.getId()).id(), signal, deadline);
        return KillContainerResponse.getDefaultInstance();
    }

    RemoveContainerResponse remove(RemoveContainerRequest request, Deadline deadline)
            throws IOException {
        return RemoveContainerResponse.newBuilder()
                .setId(engine.remove(request.getId(), request.getForce(), deadline))
                .build();
    }

    InspectContainerResponse inspect(InspectContainerRequest request, Deadline deadline) {
        Found found = lookup.get(request.getId());
        InspectContainerResponse.Builder response =
                InspectContainerResponse.newBuilder()
                        .setContainer(EngineResponses.toProto(found.container(), found.pod()))
                        .setJson(InspectJson.of(found.container(), found.pod()));
        if (found.container().state() == io.gantry.runtime.container.ContainerState.RUNNING) {
            execs.list(found.id())
                    .forEach(exec -> response.addExecs(EngineResponses.toProto(exec)));
        }
        return response.build();
    }
}
