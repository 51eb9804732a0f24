package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Cri;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.RequestFuzzer;
import io.gantry.e2e.harness.RequestFuzzer.Variant;
import io.gantry.e2e.harness.Requests;
import io.gantry.proto.cri.ContainerState;
import io.gantry.proto.cri.CreateContainerRequest;
import io.gantry.proto.cri.CreateContainerResponse;
import io.gantry.proto.cri.ExecRequest;
import io.gantry.proto.cri.ImageServiceGrpc;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.PullImageRequest;
import io.gantry.proto.cri.RunPodSandboxResponse;
import io.gantry.proto.cri.RuntimeServiceGrpc;
import io.gantry.proto.cri.StartContainerRequest;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Every request of the CRI with something odd in each of its fields in turn. What a client may make
 * of the answer is the point: it names what is wrong with the request, is there soon, and leaves
 * nothing behind. Reproduced by the seed.
 */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "a thousand starts and calls take minutes there")
class FuzzedRequestsE2eIT {

    @RegisterExtension static final Node NODE = Node.own();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final long SEED = Long.getLong("gantry.e2e.fuzz.seed", 20260);

    /** How often each field has its turn. */
    private static final int ROUNDS = Integer.getInteger("gantry.e2e.fuzz.rounds", 1);

    /** What of the variants is wanted, by a part of METHOD with an odd FIELD. */
    private static final String ONLY = System.getProperty("gantry.e2e.fuzz.only", "");

    /** There are more fields than that. */
    private static final int FIELDS = 500;

    private static final int MAX_WORDS = 400;
    private static final String WORK = "trap 'exit 0' TERM; while :; do sleep 1000 & wait $!; done";

    /** What says that the request was wrong, or not for this node. */
    private static final Set<Status.Code> CLEAR =
            EnumSet.of(
                    Status.Code.OK,
                    Status.Code.INVALID_ARGUMENT,
                    Status.Code.NOT_FOUND,
                    Status.Code.ALREADY_EXISTS,
                    Status.Code.FAILED_PRECONDITION,
                    Status.Code.UNIMPLEMENTED,
                    Status.Code.RESOURCE_EXHAUSTED);

    private final List<String> complaints = new ArrayList<>();
    private PodSandboxConfig podConfig = PodSandboxConfig.getDefaultInstance();
    private String pod = "";
    private String container = "";
    private int names;
    private int calls;

    /** What is opened at the first use is no difference that an odd request made. */
    @BeforeAll
    static void warmUp() {
        String container = NODE.idle("fuzz-warm-up");
        NODE.cri()
                .runtime()
                .exec(
                        ExecRequest.newBuilder()
                                .setContainerId(container)
                                .addCmd("/bin/true")
                                .setStdout(true)
                                .build());
        NODE.daemon().removeEverything();
    }

    @Test
    void anOddFieldOfAnyRequestIsAnsweredClearlyAndLeavesNothing() {
        RequestFuzzer fuzzer = new RequestFuzzer(SEED).with(NODE.image());
        for (int round = 0; round < ROUNDS; round++) {
            methods().forEach(method -> fuzz(method, fuzzer));
        }
        System.out.printf("fuzzed requests: %d, -Dgantry.e2e.fuzz.seed=%d%n", calls, SEED);
        assertThat(complaints).isEmpty();
        assertThat(calls).isGreaterThan(ONLY.isEmpty() ? FIELDS * ROUNDS : 0);
        prepare();
        assertThat(NODE.cri().shell(container, "echo serves")).isEqualTo("serves\n");
    }

    private static Stream<MethodDescriptor<?, ?>> methods() {
        return Stream.concat(
                        RuntimeServiceGrpc.getServiceDescriptor().getMethods().stream(),
                        ImageServiceGrpc.getServiceDescriptor().getMethods().stream())
                .filter(each -> !each.equals(RuntimeServiceGrpc.getGetContainerEventsMethod()));
    }

    private <Q, R> void fuzz(MethodDescriptor<Q, R> method, RequestFuzzer fuzzer) {
        Message empty = empty(method);
        for (Variant variant : fuzzer.variants(empty.getDescriptorForType())) {
            String name = method.getBareMethodName() + " with an odd " + variant.field();
            if (name.contains(ONLY)) {
                prepare();
                @SuppressWarnings("unchecked")
                Q request = (Q) variant.edit().apply(sensible(empty));
                if (!leavesTheMachine(request)) {
                    call(method, request, name);
                }
            }
        }
    }

    /** A name without a host is pulled from the registry that such names mean. */
    private static boolean leavesTheMachine(Object request) {
        return request instanceof PullImageRequest pull
                && pull.getImage().getImage().matches("[a-z0-9]+");
    }

    private <Q, R> void call(MethodDescriptor<Q, R> method, Q request, String name) {
        calls++;
        try {
            Iterator<R> answers =
                    ClientCalls.blockingServerStreamingCall(
                            NODE.cri().channel(),
                            method,
                            CallOptions.DEFAULT.withDeadlineAfter(Await.seconds(60)),
                            request);
            answers.forEachRemaining(answer -> use((Message) answer, name));
        } catch (StatusRuntimeException e) {
            judge(method, name, e.getStatus());
        }
    }

    /** What was made of an odd request has to start, or to say why not, and to go away. */
    private void use(Message answer, String name) {
        switch (answer) {
            case RunPodSandboxResponse made -> NODE.cri().removePod(made.getPodSandboxId());
            case CreateContainerResponse made -> {
                StartContainerRequest start =
                        StartContainerRequest.newBuilder()
                                .setContainerId(made.getContainerId())
                                .build();
                if (!name.contains("sandbox_config.") && !name.contains(".windows.")) {
                    call(
                            RuntimeServiceGrpc.getStartContainerMethod(),
                            start,
                            "StartContainer after " + name);
                }
                NODE.cri().remove(made.getContainerId());
            }
            default -> {}
        }
    }

    private void judge(MethodDescriptor<?, ?> method, String name, Status status) {
        // What a kernel refuses in a start, and a registry that is not there, are told as UNKNOWN.
        boolean told =
                status.getCode() == Status.Code.UNKNOWN
                        && (isStart(method)
                                || String.valueOf(status.getDescription())
                                        .startsWith("RegistryUnavailable"));
        if (!CLEAR.contains(status.getCode()) && !told) {
            String words = name + ": " + status.getCode() + ", " + status.getDescription();
            complaints.add(words.substring(0, Math.min(words.length(), MAX_WORDS)));
        }
    }

    private static boolean isStart(MethodDescriptor<?, ?> method) {
        return method.equals(RuntimeServiceGrpc.getStartContainerMethod())
                || method.equals(RuntimeServiceGrpc.getRunPodSandboxMethod());
    }

    /** The request as a kubelet would send it: with all that it has to say, and nothing odd. */
    private Message sensible(Message empty) {
        Message.Builder request = empty.toBuilder();
        for (FieldDescriptor field : empty.getDescriptorForType().getFields()) {
            Object value =
                    switch (field.getName()) {
                        case "pod_sandbox_id" -> pod;
                        case "container_id" -> container;
                        case "cmd" -> List.of("/bin/true");
                        case "stdout" -> true;
                        case "image" -> Cri.image(NODE.image());
                        case "config" ->
                                request instanceof CreateContainerRequest.Builder
                                        ? Requests.script("c" + names++, NODE.image(), WORK).build()
                                        : NODE.pod("fuzz-" + names++).build();
                        case "sandbox_config" -> podConfig;
                        default -> null;
                    };
            if (value != null) {
                request.setField(field, value);
            }
        }
        return request.build();
    }

    /** There is a pod, and a running container in it. */
    private void prepare() {
        boolean running =
                !container.isEmpty()
                        && NODE.cri().containers().stream()
                                .anyMatch(
                                        each ->
                                                each.getId().equals(container)
                                                        && each.getState()
                                                                == ContainerState
                                                                        .CONTAINER_RUNNING);
        if (!running) {
            NODE.daemon().removeEverything();
            NODE.cri().pull(NODE.image());
            podConfig = NODE.pod("fuzz-base-" + names++).build();
            pod = NODE.cri().runPod(podConfig);
            container =
                    NODE.cri()
                            .create(
                                    pod,
                                    podConfig,
                                    Requests.script("c", NODE.image(), WORK).build());
            NODE.cri().start(container);
        }
    }

    private static Message empty(MethodDescriptor<?, ?> method) {
        return (Message) method.parseRequest(new ByteArrayInputStream(new byte[0]));
    }
}
