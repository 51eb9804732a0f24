package io.gantry.cri.grpc;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.ServiceException;
import io.gantry.cri.build.JoinedCache;
import io.gantry.cri.grpc.StreamCalls.Inbound;
import io.gantry.cri.grpc.StreamCalls.Outbound;
import io.gantry.cri.translate.BuildRequests;
import io.gantry.cri.translate.BuildResponses;
import io.gantry.image.build.api.BuildInputs;
import io.gantry.image.build.api.BuildResult;
import io.gantry.image.build.api.ContextNeeds;
import io.gantry.image.service.ImageArchives;
import io.gantry.image.service.ImageArchives.Format;
import io.gantry.image.service.ImageArchives.SaveOrder;
import io.gantry.proto.build.BuildRequest;
import io.gantry.proto.build.BuildResponse;
import io.gantry.proto.build.Built;
import io.gantry.proto.build.Context;
import io.gantry.proto.build.Failure;
import io.gantry.proto.build.Open;
import io.gantry.proto.build.OutputKind;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The call that builds. */
final class BuildStreams {

    private static final long INTERVAL_MILLIS = 20;

    private final BuildTools tools;
    private final ImageArchives archives;
    private final Clock clock;

    BuildStreams(BuildTools tools, ImageArchives archives, Clock clock) {
        this.tools = tools;
        this.archives = archives;
        this.clock = clock;
    }

    void build(Inbound<BuildRequest> in, Outbound<BuildResponse> out)
            throws IOException, InterruptedException {
        try {
            converse(in, out);
        } finally {
            tools.limits().afterBuild(new JoinedCache(tools.builder().cache(), tools.contexts()));
        }
    }

    private void converse(Inbound<BuildRequest> in, Outbound<BuildResponse> out)
            throws IOException, InterruptedException {
        BuildRequest first = StreamCalls.first(in);
        if (!first.hasOpen()) {
            throw new InvalidArgumentException("the first message must be open");
        }
        Open open = first.getOpen();
        io.gantry.image.build.api.BuildRequest request = BuildRequests.toDomain(open);
        if (open.getOutput().getKind() == OutputKind.UNRECOGNIZED) {
            throw new InvalidArgumentException("the kind of output is unknown");
        }
        Deadline deadline = CallContext.deadline(clock);
        try (BuildConversation talk = new BuildConversation(open, tools.agents(), clock);
                ReceivedContexts contexts =
                        new ReceivedContexts(
                                tools.contexts(), open, needs(open, request), talk.files())) {
            contexts.receive(in, out);
            talk.listen(in);
            BuildInputs inputs = contexts.inputs(talk);
            if (open.getCheck()) {
                check(request, inputs, talk, deadline, out);
                return;
            }
            if (open.getOutput().getKind() == OutputKind.OUTPUT_FILES) {
                files(request, inputs, talk, deadline, out);
                return;
            }
            BuildResult result = built(request, inputs, talk, deadline, out);
            archive(open, result, deadline, out);
            send(out, BuildResponse.newBuilder().setBuilt(BuildResponses.toProto(result)));
        }
    }

    private ContextNeeds needs(Open open, io.gantry.image.build.api.BuildRequest request) {
        if (open.getCheck()) {
            return ContextNeeds.NOTHING;
        }
        Set<String> names =
                open.getContextsList().stream()
                        .map(Context::getName)
                        .filter(it -> !it.isEmpty())
                        .collect(Collectors.toUnmodifiableSet());
        return tools.builder().needs(request, names);
    }

    private void check(
            io.gantry.image.build.api.BuildRequest request,
            BuildInputs inputs,
            BuildConversation talk,
            Deadline deadline,
            Outbound<BuildResponse> out)
            throws InterruptedException {
        boolean _ =
                follow(
                        () -> {
                            tools.builder().check(request, inputs, talk, deadline);
                            return true;
                        },
                        talk,
                        out);
        send(out, BuildResponse.newBuilder().setBuilt(Built.getDefaultInstance()));
    }

    /** Files and events go out at the same time, from two threads. */
    private void files(
            io.gantry.image.build.api.BuildRequest request,
            BuildInputs inputs,
            BuildConversation talk,
            Deadline deadline,
            Outbound<BuildResponse> out)
            throws InterruptedException {
        Outbound<BuildResponse> oneByOne = new InTurn<>(out);
        try (PieceStream pieces =
                new PieceStream(
                        piece -> send(oneByOne, BuildResponse.newBuilder().setOutput(piece)))) {
            boolean _ =
                    follow(
                            () -> {
                                tools.builder().export(request, inputs, talk, pieces, deadline);
                                pieces.flush();
                                return true;
                            },
                            talk,
                            oneByOne);
        }
        send(out, BuildResponse.newBuilder().setBuilt(Built.getDefaultInstance()));
    }

    /** The archive of a cache and events go out at the same time, from two threads. */
    private BuildResult built(
            io.gantry.image.build.api.BuildRequest request,
            BuildInputs inputs,
            BuildConversation talk,
            Deadline deadline,
            Outbound<BuildResponse> out)
            throws InterruptedException {
        Outbound<BuildResponse> oneByOne = new InTurn<>(out);
        try (PieceStream cache =
                new PieceStream(
                        piece -> send(oneByOne, BuildResponse.newBuilder().setCache(piece)))) {
            return follow(
                    () -> {
                        BuildResult result =
                                tools.builder()
                                        .build(request, inputs.caching(cache), talk, deadline);
                        cache.flush();
                        return result;
                    },
                    talk,
                    oneByOne);
        }
    }

    private static <T> T follow(
            Supplier<T> work, BuildConversation talk, Outbound<BuildResponse> out)
            throws InterruptedException {
        try (Background<T> build = Background.start("build", work)) {
            boolean over = false;
            while (!over) {
                over = build.endsWithin(0);
                talk.relay(out, over ? 0 : INTERVAL_MILLIS);
            }
            return build.result();
        } catch (ServiceException e) {
            tell(e, out);
            throw e;
        }
    }

    private static void tell(ServiceException why, Outbound<BuildResponse> out)
            throws InterruptedException {
        Optional<Failure> failure = BuildResponses.failure(why);
        if (failure.isPresent()) {
            send(out, BuildResponse.newBuilder().setFailure(failure.get()));
        }
    }

    private void archive(
            Open open, BuildResult result, Deadline deadline, Outbound<BuildResponse> out) {
        if (open.getOutput().getKind() == OutputKind.OUTPUT_STORE) {
            return;
        }
        Format format =
                open.getOutput().getKind() == OutputKind.OUTPUT_OCI ? Format.OCI : Format.DOCKER;
        List<String> images =
                result.names().isEmpty()
                        ? List.of(result.images().getFirst().id().toString())
                        : result.names();
        try (PieceStream pieces =
                new PieceStream(piece -> send(out, BuildResponse.newBuilder().setOutput(piece)))) {
            archives.save(
                    new SaveOrder(images, format), pieces, ImageArchives.Listener.NONE, deadline);
            pieces.flush();
        }
    }

    private static void send(Outbound<BuildResponse> out, BuildResponse.Builder message)
            throws InterruptedException {
        out.send(message.build());
    }
}
