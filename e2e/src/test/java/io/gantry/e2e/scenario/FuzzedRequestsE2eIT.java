package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Cri;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.RequestFuzzer;
import io.gantry.e2e.harness.RequestFuzzer.Variant;
import io.gantry.e2e.harness.Requests;
import io.gantry.proto.cri.Capability;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ContainerState;
import io.gantry.proto.cri.CreateContainerRequest;
import io.gantry.proto.cri.CreateContainerResponse;
import io.gantry.proto.cri.DNSConfig;
import io.gantry.proto.cri.Device;
import io.gantry.proto.cri.ExecRequest;
import io.gantry.proto.cri.ImageServiceGrpc;
import io.gantry.proto.cri.Int64Value;
import io.gantry.proto.cri.KeyValue;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.PortMapping;
import io.gantry.proto.cri.PullImageRequest;
import io.gantry.proto.cri.RunPodSandboxResponse;
import io.gantry.proto.cri.RuntimeServiceGrpc;
import io.gantry.proto.cri.SecurityProfile;
import io.gantry.proto.cri.SecurityProfile.ProfileType;
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

    /** More fields of a container than that may be odd and it can be made all the same. */
    private static final int STARTS = 50;

    private static final long LIMIT = 64L << 20;
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
    private int fields;
    private int starts;
    private int unasked;

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
        // What a path or a name cannot hold, in each text: a list of texts does not get that far.
        RequestFuzzer ending = new RequestFuzzer(SEED, List.of("/a\0b"));
        methods().forEach(method -> fuzz(method, ending));
        System.out.printf(
                "fuzzed requests: %d for %d fields, %d of them starts of what came of others,"
                        + " -Dgantry.e2e.fuzz.seed=%d%n",
                calls, fields, starts, SEED);
        assertThat(complaints).isEmpty();
        assertThat(calls - starts + unasked).isEqualTo(ONLY.isEmpty() ? fields : calls - starts);
        assertThat(starts).isGreaterThan(ONLY.isEmpty() ? STARTS * ROUNDS : -1);
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
        List<Variant> variants = fuzzer.variants(empty.getDescriptorForType());
        fields += variants.size();
        assertThat(variants)
                .as("fields of %s that have their turn", method.getBareMethodName())
                .extracting(Variant::field)
                .containsExactlyInAnyOrderElementsOf(
                        RequestFuzzer.fields(empty.getDescriptorForType()));
        for (Variant variant : variants) {
            String name = method.getBareMethodName() + " with an odd " + variant.field();
            if (name.contains(ONLY)) {
                prepare();
                @SuppressWarnings("unchecked")
                Q request = (Q) variant.edit().apply(sensible(empty));
                if (leavesTheMachine(request)) {
                    unasked++;
                } else {
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
                    starts++;
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
                                        ? container("c" + names++)
                                        : pod("fuzz-" + names++);
                        case "sandbox_config" -> podConfig;
                        default -> null;
                    };
            if (value != null) {
                request.setField(field, value);
            }
        }
        return request.build();
    }

    /** With one of each thing that there may be several of, so that an odd one is among good. */
    private static ContainerConfig container(String name) {
        ContainerConfig.Builder config =
                Requests.script(name, NODE.image(), WORK)
                        .addEnvs(
                                KeyValue.newBuilder()
                                        .setKey("NAME")
                                        .setValue(ByteString.copyFromUtf8("value")))
                        .addMounts(Requests.bind(NODE.home(), "/mnt"))
                        .addDevices(
                                Device.newBuilder()
                                        .setHostPath("/dev/null")
                                        .setContainerPath("/dev/nothing")
                                        .setPermissions("rw"))
                        .putLabels("label", "value")
                        .putAnnotations("annotation", "value");
        config.getLinuxBuilder().setResources(Requests.memory(LIMIT));
        config.getLinuxBuilder()
                .getSecurityContextBuilder()
                .setCapabilities(Capability.newBuilder().addAddCapabilities("NET_ADMIN"))
                .setRunAsUser(Int64Value.newBuilder().setValue(1000))
                .addSupplementalGroups(2000)
                .addMaskedPaths("/proc/kcore")
                .setSeccomp(
                        SecurityProfile.newBuilder().setProfileType(ProfileType.RuntimeDefault));
        return config.build();
    }

    private static PodSandboxConfig pod(String name) {
        PodSandboxConfig.Builder config =
                NODE.pod(name)
                        .setDnsConfig(DNSConfig.newBuilder().addServers("10.0.0.1"))
                        .addPortMappings(PortMapping.newBuilder().setContainerPort(80))
                        .putLabels("label", "value")
                        .putAnnotations("annotation", "value");
        config.getLinuxBuilder().putSysctls("kernel.shm_rmid_forced", "1");
        config.getLinuxBuilder().setResources(Requests.memory(LIMIT));
        return config.build();
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
        if (NODE.cri().imageStatus(NODE.image()).isEmpty()) {
            NODE.cri().pull(NODE.image());
        }
        if (!running) {
            NODE.daemon().removeEverything();
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
