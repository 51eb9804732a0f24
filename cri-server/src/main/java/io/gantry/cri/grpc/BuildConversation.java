package io.gantry.cri.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.Tasks;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.ResourceExhaustedException;
import io.gantry.base.error.ServiceException;
import io.gantry.base.error.UnavailableException;
import io.gantry.cri.build.AgentSockets;
import io.gantry.cri.grpc.StreamCalls.Inbound;
import io.gantry.cri.grpc.StreamCalls.Outbound;
import io.gantry.cri.translate.BuildRequests;
import io.gantry.cri.translate.BuildResponses;
import io.gantry.image.build.api.BuildProgress;
import io.gantry.image.build.api.ClientOffers;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Credentials;
import io.gantry.proto.build.AgentData;
import io.gantry.proto.build.Answer;
import io.gantry.proto.build.Ask;
import io.gantry.proto.build.BuildRequest;
import io.gantry.proto.build.BuildResponse;
import io.gantry.proto.build.Open;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A build and its client while it runs: events and questions go out, answers come in. Threads of
 * the build never wait for a client that takes nothing; what commands write is left out then.
 */
final class BuildConversation implements BuildProgress, ClientOffers, AutoCloseable {

    /** Of what commands wrote and the client did not take yet. */
    private static final long MAX_QUEUED = 16 << 20;

    private static final int MAX_SECRET = 500 << 10;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Set<String> secrets;
    private final Set<String> agents;
    private final boolean offersLogins;
    private final Clock clock;
    private final AgentSockets sockets;
    private final BlockingQueue<BuildResponse> outgoing = new LinkedBlockingQueue<>();
    private final AtomicLong queued = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    private final AtomicInteger lastQuestion = new AtomicInteger();
    private final Map<Integer, CompletableFuture<Answer>> questions = new ConcurrentHashMap<>();
    private final LateFiles files = new LateFiles(outgoing::add);
    private @Nullable Thread listener;
    private volatile boolean deaf;

    BuildConversation(Open open, Path agentDirectory, Clock clock) {
        this.secrets = Set.copyOf(open.getSecretsList());
        this.agents = Set.copyOf(open.getAgentsList());
        this.offersLogins = open.getLogins();
        this.clock = clock;
        this.sockets = new AgentSockets(agentDirectory, this::send);
    }

    /** Takes answers from now on. */
    void listen(Inbound<BuildRequest> in) {
        listener = Tasks.start("build-answers", () -> answers(in));
    }

    /** Files that the client sends while the build runs. */
    LateFiles files() {
        return files;
    }

    /** Passes on what there is to tell, or waits for it so long. */
    void relay(Outbound<BuildResponse> out, long millis) throws InterruptedException {
        BuildResponse next = outgoing.poll(millis, TimeUnit.MILLISECONDS);
        while (next != null) {
            queued.addAndGet(-next.getEvent().getLog().getData().size());
            out.send(next);
            next = outgoing.poll();
        }
    }

    @Override
    public void accept(BuildProgress.Event event) {
        io.gantry.proto.build.Event proto = BuildResponses.toProto(event, clock.now());
        int bytes = proto.getLog().getData().size();
        if (bytes > 0 && queued.get() + bytes > MAX_QUEUED) {
            dropped.addAndGet(bytes);
            return;
        }
        long gap = bytes > 0 ? dropped.getAndSet(0) : 0;
        if (gap > 0) {
            io.gantry.proto.build.Event.Log note =
                    proto.getLog().toBuilder()
                            .setData(
                                    ByteString.copyFromUtf8(
                                            "\n[" + gap + " bytes came too fast]\n"))
                            .build();
            outgoing.add(event(proto.toBuilder().setLog(note).build()));
        }
        queued.addAndGet(bytes);
        outgoing.add(event(proto));
    }

    @Override
    public Optional<byte[]> secret(String id, Deadline deadline) {
        if (!secrets.contains(id)) {
            return Optional.empty();
        }
        Answer answer = ask(Ask.newBuilder().setSecret(id), "secret " + id, deadline);
        if (answer.getSecret().size() > MAX_SECRET) {
            throw new ResourceExhaustedException(
                    "secret " + id + " is larger than " + MAX_SECRET + " bytes");
        }
        return answer.getFound() ? Optional.of(answer.getSecret().toByteArray()) : Optional.empty();
    }

    @Override
    public Optional<Path> sshAgent(String id, Deadline deadline) {
        return agents.contains(id) ? Optional.of(sockets.socket(id)) : Optional.empty();
    }

    @Override
    public Credentials login(ImageReference reference, Deadline deadline) {
        if (!offersLogins) {
            return Credentials.ANONYMOUS;
        }
        String name = reference.toString();
        return BuildRequests.login(
                reference, ask(Ask.newBuilder().setLogin(name), "the login for " + name, deadline));
    }

    private Answer ask(Ask.Builder question, String what, Deadline deadline) {
        int id = lastQuestion.incrementAndGet();
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        questions.put(id, answer);
        try {
            if (deaf) {
                throw new UnavailableException("the client does not answer about " + what);
            }
            outgoing.add(BuildResponse.newBuilder().setAsk(question.setId(id)).build());
            Duration left = deadline.remaining();
            Duration wait = left.compareTo(PATIENCE) < 0 ? left : PATIENCE;
            return answer.get(wait.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("interrupted while asking for " + what, e);
        } catch (TimeoutException | ExecutionException e) {
            throw new UnavailableException("the client does not answer about " + what, e);
        } finally {
            questions.remove(id);
        }
    }

    private void answers(Inbound<BuildRequest> in) {
        try {
            Optional<BuildRequest> message = in.next();
            while (message.isPresent()) {
                take(message.get());
                message = in.next();
            }
        } catch (ServiceException e) {
            // The call has ended, and with it whoever waits.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            deaf = true;
            files.end();
            questions
                    .values()
                    .forEach(
                            each ->
                                    each.completeExceptionally(
                                            new UnavailableException("the client is silent")));
        }
    }

    private void take(BuildRequest message) throws InterruptedException {
        switch (message.getMessageCase()) {
            case ANSWER -> {
                CompletableFuture<Answer> waiting = questions.get(message.getAnswer().getId());
                if (waiting != null) {
                    waiting.complete(message.getAnswer());
                }
            }
            case AGENT -> {
                AgentData data = message.getAgent();
                sockets.receive(data.getConnection(), data.getData().toByteArray(), data.getLast());
            }
            case DATA, PIECES -> files.offer(message);
            case OPEN, LISTING, MESSAGE_NOT_SET -> {
                // Out of its turn; the build is not to fail for it.
            }
        }
    }

    private void send(int connection, String agent, byte[] bytes, boolean ends) {
        outgoing.add(
                BuildResponse.newBuilder()
                        .setAgent(
                                AgentData.newBuilder()
                                        .setConnection(connection)
                                        .setAgent(agent)
                                        .setData(UnsafeByteOperations.unsafeWrap(bytes))
                                        .setLast(ends))
                        .build());
    }

    private static BuildResponse event(io.gantry.proto.build.Event event) {
        return BuildResponse.newBuilder().setEvent(event).build();
    }

    @Override
    public void close() throws IOException {
        if (listener != null) {
            listener.interrupt();
        }
        sockets.close();
    }
}
