package io.gantry.cli;

import com.google.protobuf.ByteString;
import io.gantry.proto.build.Answer;
import io.gantry.proto.build.Ask;
import io.gantry.proto.build.BuildRequest;
import io.gantry.proto.build.BuildResponse;
import io.gantry.proto.build.BuildsGrpc;
import io.gantry.proto.build.Built;
import io.gantry.proto.build.Event;
import io.gantry.proto.build.Open;
import io.gantry.proto.image.Credentials;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The conversation of one build, from its first message to its end. */
final class BuildSession {

    /** What may wait to be sent while the next files are read. */
    private static final int READY_BYTES = 1 << 20;

    private final BlockingClientCall<BuildRequest, BuildResponse> call;
    private final Sides sides;
    private final Object writing = new Object();
    private final AgentRelay agents;
    private volatile @Nullable OutputStream output;
    private volatile @Nullable OutputStream cache;
    private int warnings;
    private volatile int left;

    BuildSession(Channel channel, Sides sides) {
        this.call = BuildsGrpc.newBlockingV2Stub(channel).withOnReadyThreshold(READY_BYTES).build();
        this.sides = sides;
        this.agents = new AgentRelay(sides.offers.agents(), this::send);
    }

    /**
     * What a build has to do with.
     *
     * @param cache where the archive of a cache goes
     */
    record Sides(
            BuildSecrets.Offering offers,
            Map<String, String> environment,
            BuildView view,
            BuildFailure failure,
            Sink sink,
            Sink cache) {}

    /** Where an archive goes. */
    @FunctionalInterface
    interface Sink {
        OutputStream open() throws IOException;
    }

    /** Builds; what came of it is empty when nothing was to be built. */
    Built run(Open open, List<Optional<BuildContexts.Local>> locals)
            throws StatusException, InterruptedException, IOException {
        BuildContexts contexts = new BuildContexts(call, this::write, sides.view);
        try (BuildView view = sides.view) {
            write(BuildRequest.newBuilder().setOpen(open).build());
            for (int i = 0; i < locals.size(); i++) {
                if (locals.get(i).isPresent()) {
                    contexts.send(i, locals.get(i).get());
                }
            }
            return converse(view, contexts);
        } catch (IOException | UsageException e) {
            call.cancel("the client has failed", e);
            throw e;
        } finally {
            agents.close();
            abandon();
        }
    }

    /** Of a client that is being ended: a program that unpacks ends by itself. */
    private void discard() {
        if (output instanceof WholeFile file) {
            try {
                file.discard();
            } catch (IOException e) {
                // Nobody is left to be told.
            }
        }
    }

    /** After a failure; what was written to the end is closed already. */
    private void abandon() {
        for (OutputStream each : new OutputStream[] {output, cache}) {
            if (each != null) {
                try {
                    if (each instanceof WholeFile file) {
                        file.discard();
                    } else {
                        each.close();
                    }
                } catch (IOException e) {
                    // There is another reason, which is told.
                }
            }
        }
    }

    private Built converse(BuildView view, BuildContexts contexts)
            throws StatusException, InterruptedException, IOException {
        Built built = Built.getDefaultInstance();
        for (BuildResponse answer = call.read(); answer != null; answer = call.read()) {
            switch (answer.getMessageCase()) {
                case EVENT -> event(answer.getEvent(), view);
                case ASK -> send(BuildRequest.newBuilder().setAnswer(answer(answer.getAsk())));
                case AGENT -> agents.receive(answer.getAgent());
                case OUTPUT -> write(answer.getOutput());
                case CACHE -> writeCache(answer.getCache());
                case FAILURE -> sides.failure.failed(answer.getFailure());
                case BUILT -> built = answer.getBuilt();
                case WANTED -> {
                    boolean _ = contexts.answer(answer.getWanted());
                }
                case MESSAGE_NOT_SET ->
                        throw Status.INTERNAL
                                .withDescription("the daemon said something out of its turn")
                                .asException();
            }
        }
        if (cache != null) {
            OutputStream whole = cache;
            cache = null;
            whole.close();
        }
        if (output != null) {
            OutputStream whole = output;
            output = null;
            whole.close();
        }
        return built;
    }

    int warnings() {
        return warnings;
    }

    /** Ends the client with the build, which the daemon cancels. */
    void leave(int signal) {
        left = signal;
        call.cancel("interrupted", null);
        sides.view.close();
        discard();
        Runtime.getRuntime().halt(128 + signal);
    }

    /** The signal that had the client leave; 0: it has not. The call fails with it. */
    int left() {
        return left;
    }

    private void event(Event event, BuildView view) {
        warnings += event.hasWarning() ? 1 : 0;
        sides.failure.event(event);
        view.event(event);
    }

    private Answer answer(Ask ask) {
        Answer.Builder answer = Answer.newBuilder().setId(ask.getId());
        return ask.hasLogin() ? login(ask.getLogin(), answer) : secret(ask, answer);
    }

    /** What the user has logged in with, read when it is wanted: helpers may have to be asked. */
    private Answer login(String reference, Answer.Builder answer) {
        Credentials kept = new RegistryLogins(sides.environment).find(reference);
        return answer.setFound(!kept.equals(Credentials.getDefaultInstance()))
                .setUsername(kept.getUsername())
                .setPassword(kept.getPassword())
                .setIdentityToken(kept.getIdentityToken())
                .setRegistryToken(kept.getRegistryToken())
                .build();
    }

    private Answer secret(Ask ask, Answer.Builder answer) {
        BuildSecrets.Secret secret = sides.offers.secrets().get(ask.getSecret());
        if (secret == null) {
            return answer.build();
        }
        try {
            ByteString bytes =
                    secret.variable().isEmpty()
                            ? ByteString.copyFrom(Files.readAllBytes(secret.file()))
                            : ByteString.copyFrom(
                                    sides.environment.getOrDefault(secret.variable(), ""),
                                    StandardCharsets.UTF_8);
            return answer.setFound(true).setSecret(bytes).build();
        } catch (IOException e) {
            return answer.build();
        }
    }

    private void write(ByteString piece) throws IOException {
        if (output == null) {
            output = sides.sink.open();
        }
        piece.writeTo(output);
    }

    private void writeCache(ByteString piece) throws IOException {
        if (cache == null) {
            cache = sides.cache.open();
        }
        piece.writeTo(cache);
    }

    /** A message that comes too late for a call that has ended is no loss. */
    private void send(BuildRequest.Builder message) {
        try {
            write(message.build());
        } catch (StatusException e) {
            call.cancel("the call has ended", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void write(BuildRequest message) throws StatusException, InterruptedException {
        synchronized (writing) {
            call.write(message);
        }
    }
}
