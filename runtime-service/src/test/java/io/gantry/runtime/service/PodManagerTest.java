package io.gantry.runtime.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.error.AlreadyExistsException;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InternalException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.ContainerFilter;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.pod.DnsConfig;
import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.pod.NamespaceMode;
import io.gantry.runtime.pod.NamespaceOptions;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxFilter;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.pod.PodSandboxMetadata;
import io.gantry.runtime.pod.PodSandboxState;
import io.gantry.runtime.pod.SandboxSecurity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodManagerTest {

    private static final Deadline SOON = Deadline.after(Duration.ofMinutes(10), Clock.SYSTEM);

    @TempDir Path directory;
    private FakeNode node;
    private RuntimeService runtime;
    private PodManager pods;

    @BeforeEach
    void boot() throws IOException {
        node = new FakeNode(directory);
        runtime = node.boot();
        pods = runtime.pods();
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    private static PodSandboxConfig config(String name) {
        return PodSandboxConfig.of(new PodSandboxMetadata(name, "uid-" + name, "default", 0));
    }

    private static PodSandboxConfig labelled(String name, Map<String, String> labels) {
        PodSandboxConfig plain = config(name);
        return new PodSandboxConfig(
                plain.metadata(),
                "",
                "",
                new DnsConfig(List.of(), List.of(), List.of()),
                List.of(),
                labels,
                Map.of(),
                "/kubepods/pod1",
                SandboxSecurity.defaults(),
                Map.of(),
                LinuxResources.none(),
                LinuxResources.none());
    }

    private static PodSandboxConfig inNamespaces(String name, NamespaceOptions namespaces) {
        PodSandboxConfig plain = config(name);
        return new PodSandboxConfig(
                plain.metadata(),
                "",
                "",
                null,
                List.of(),
                Map.of(),
                Map.of(),
                "",
                SandboxSecurity.defaults().withNamespaces(namespaces),
                Map.of(),
                LinuxResources.none(),
                LinuxResources.none());
    }

    private PodSandboxId run(PodSandboxConfig config) {
        return pods.run(PodOwner.CRI, config, "", SOON);
    }

    @Test
    void podThatRunsIsReadyAndHasAnAddress() {
        PodSandbox pod = pods.get(run(config("a")).value());

        assertThat(pod.state()).isEqualTo(PodSandboxState.READY);
        assertThat(pod.status().network().ips()).containsExactly("10.0.0.2");
        assertThat(pod.cgroup()).isEqualTo("/gantry/" + pod.id());
        assertThat(node.cgroups).containsExactly(pod.cgroup());
    }

    @Test
    void whatAPodMayUseIsNotedDownForGoodAndItsRequestIsStillTheSame() throws IOException {
        String id = run(config("a")).value();
        LinuxResources sums =
                new LinuxResources(0, 0, 7, 64 << 20, 0, "", "", Map.of(), Map.of(), 0);
        pods.updateResources(id, null, sums, SOON);

        assertThat(run(config("a")).value()).isEqualTo(id);
        runtime.close();
        runtime = node.boot();
        pods = runtime.pods();
        assertThat(pods.get(id).config().resources()).isEqualTo(sums);
        assertThat(pods.get(id).config().overhead()).isEqualTo(LinuxResources.none());

        pods.stop(id, SOON);
        assertThatThrownBy(() -> pods.updateResources(id, sums, null, SOON))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessageContaining("not READY");
    }

    @Test
    void podWithHostNetworkHasNoAddress() {
        NamespaceOptions host =
                new NamespaceOptions(
                        NamespaceMode.NODE, NamespaceMode.POD, NamespaceMode.POD, "", null);

        PodSandbox pod = pods.get(run(inNamespaces("a", host)).value());

        assertThat(pod.status().network().ips()).isEmpty();
        assertThat(node.addresses).isEmpty();
    }

    @Test
    void podGetsItsFiles() throws IOException {
        PodSandboxId id = run(labelled("a", Map.of()));

        assertThat(node.layout().sandbox(id).hostname())
                .hasContent(id.value().substring(0, 12) + "\n");
        assertThat(node.layout().sandbox(id).resolvConf()).isEmptyFile();
        assertThat(Files.readString(node.layout().sandbox(id).hosts()))
                .startsWith(Files.readString(Path.of("/etc/hosts")))
                .endsWith("\n10.0.0.2\t" + id.value().substring(0, 12) + "\n");
    }

    @Test
    void sameRequestAgainReturnsTheSamePod() {
        assertThat(run(config("a"))).isEqualTo(run(config("a")));
    }

    @Test
    void otherRequestWithTheSameNameIsRefused() {
        PodSandboxId first = run(config("a"));
        NamespaceOptions host =
                new NamespaceOptions(
                        NamespaceMode.NODE, NamespaceMode.POD, NamespaceMode.POD, "", null);

        assertThatThrownBy(() -> run(inNamespaces("a", host)))
                .isInstanceOf(AlreadyExistsException.class)
                .hasMessageContaining("a_default_uid-a_0")
                .hasMessageContaining(first.value());
    }

    @Test
    void nameOfARemovedPodIsFree() {
        PodSandboxId first = run(config("a"));
        pods.remove(first.value(), SOON);

        assertThat(run(config("a"))).isNotEqualTo(first);
    }

    @Test
    void nameOfAStoppedPodIsTaken() {
        pods.stop(run(config("a")).value(), SOON);

        assertThatThrownBy(() -> run(config("a"))).isInstanceOf(AlreadyExistsException.class);
    }

    @Test
    void unknownRuntimeHandlerIsNamed() {
        assertThatThrownBy(() -> pods.run(PodOwner.CRI, config("a"), "kata", SOON))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("kata");
    }

    @Test
    void podWithoutNameIsRefused() {
        assertThatThrownBy(() -> run(config(""))).isInstanceOf(InvalidArgumentException.class);
    }

    @Test
    void failedRunLeavesNothing() throws IOException {
        for (String step : List.of("cgroup", "launch", "network")) {
            node.failing.add(step);

            assertThatThrownBy(() -> run(config("a")))
                    .isInstanceOf(InternalException.class)
                    .hasMessageContaining(step + " fails as it was told");

            node.failing.remove(step);
            assertThat(node.leftovers()).as("after " + step).isEmpty();
            assertThat(pods.list(PodSandboxFilter.of(null))).isEmpty();
        }
        assertThat(run(config("a"))).isNotNull();
    }

    @Test
    void failedRunWhoseUndoFailsIsListedNotReady() throws IOException {
        node.failing.addAll(Set.of("network", "disconnect"));
        assertThatThrownBy(() -> run(config("a"))).isInstanceOf(InternalException.class);

        PodSandbox pod = pods.list(PodSandboxFilter.of(PodOwner.CRI)).get(0);
        assertThat(pod.state()).isEqualTo(PodSandboxState.NOTREADY);
        assertThat(pod.status().reason()).contains("network fails").contains("disconnect");

        node.failing.clear();
        pods.remove(pod.id().value(), SOON);
        assertThat(node.leftovers()).isEmpty();
    }

    @Test
    void stopOfUnknownPodSucceeds() {
        pods.stop("0123", SOON);
        assertThat(pods.list(PodSandboxFilter.of(null))).isEmpty();
    }

    @Test
    void removeOfUnknownPodSucceeds() {
        pods.remove("0123", SOON);
        assertThat(pods.list(PodSandboxFilter.of(null))).isEmpty();
    }

    @Test
    void unknownPodIsNotFound() {
        assertThatThrownBy(() -> pods.get("0123"))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("0123");
    }

    @Test
    void stopEndsContainersAndGivesTheAddressBack() {
        PodSandboxId id = run(config("a"));
        String container = container(id, "c");
        runtime.containers().start(container, SOON);

        pods.stop(id.value(), SOON);

        assertThat(runtime.containers().get(container).state()).isEqualTo(ContainerState.EXITED);
        assertThat(runtime.containers().get(container).status().exitCode()).isEqualTo(137);
        assertThat(pods.get(id.value()).state()).isEqualTo(PodSandboxState.NOTREADY);
        assertThat(pods.get(id.value()).status().network().ips()).isEmpty();
        assertThat(node.addresses).isEmpty();
        assertThat(node.shimOf(id).isDead()).isTrue();
    }

    @Test
    void stopAgainSucceeds() {
        PodSandboxId id = run(config("a"));
        pods.stop(id.value(), SOON);
        pods.stop(id.value(), SOON);
        assertThat(pods.get(id.value()).state()).isEqualTo(PodSandboxState.NOTREADY);
    }

    @Test
    void stopThatFailsCanBeRepeated() throws IOException {
        PodSandboxId id = run(config("a"));
        node.failing.add("disconnect");
        assertThatThrownBy(() -> pods.stop(id.value(), SOON))
                .hasMessageContaining("disconnect fails");
        assertThat(pods.get(id.value()).state()).isEqualTo(PodSandboxState.NOTREADY);

        node.failing.clear();
        pods.stop(id.value(), SOON);
        assertThat(node.addresses).isEmpty();
    }

    @Test
    void nothingIsMadeInAStoppedPod() {
        PodSandboxId id = run(config("a"));
        String created = container(id, "c");
        pods.stop(id.value(), SOON);

        assertThatThrownBy(() -> container(id, "d"))
                .isInstanceOf(FailedPreconditionException.class);
        assertThatThrownBy(() -> runtime.containers().start(created, SOON))
                .isInstanceOf(FailedPreconditionException.class);
    }

    @Test
    void removeTakesEverything() throws IOException {
        PodSandboxId id = run(config("a"));
        runtime.containers().start(container(id, "c"), SOON);
        container(id, "d");

        pods.remove(id.value(), SOON);

        assertThat(node.leftovers()).isEmpty();
        assertThat(pods.list(PodSandboxFilter.of(null))).isEmpty();
        assertThat(runtime.containers().list(ContainerFilter.of(null))).isEmpty();
    }

    @Test
    void listsAreByOwnerStateLabelsAndIdPrefix() {
        PodSandboxId a = run(labelled("a", Map.of("app", "web", "tier", "front")));
        PodSandboxId b = run(labelled("b", Map.of("app", "web")));
        PodSandboxId own = pods.run(PodOwner.GANTRY, config("c"), "", SOON);
        pods.stop(b.value(), SOON);

        assertThat(ids(PodSandboxFilter.of(PodOwner.CRI))).containsExactly(a, b);
        assertThat(ids(PodSandboxFilter.of(PodOwner.GANTRY))).containsExactly(own);
        assertThat(ids(filter(PodSandboxState.READY, Map.of("app", "web")))).containsExactly(a);
        assertThat(ids(filter(null, Map.of("app", "web")))).containsExactly(a, b);
        assertThat(ids(filter(PodSandboxState.NOTREADY, Map.of("tier", "front")))).isEmpty();
        assertThat(ids(new PodSandboxFilter(null, b.value().substring(0, 12), null, Map.of())))
                .containsExactly(b);
    }

    @Test
    void podIsFoundByAUniquePrefixOnly() {
        PodSandboxId id = run(config("a"));
        assertThat(pods.get(id.value().substring(0, 12)).id()).isEqualTo(id);
        assertThatThrownBy(() -> pods.get("")).isInstanceOf(InvalidArgumentException.class);
    }

    @Test
    void lostShimMakesThePodNotReadyAndEndsItsContainers() {
        PodSandboxId id = run(config("a"));
        String container = container(id, "c");
        runtime.containers().start(container, SOON);

        node.shimOf(id).die();

        assertThat(runtime.containers().awaitExit(container, SOON).status().reason())
                .isEqualTo("Unknown");
        assertThat(pods.get(id.value()).state()).isEqualTo(PodSandboxState.NOTREADY);
        assertThat(pods.get(id.value()).status().reason()).isEqualTo("shim lost");
    }

    private String container(PodSandboxId pod, String name) {
        return runtime.containers()
                .create(pod.value(), ContainerConfig.of(name, "busybox", List.of("sh")), SOON)
                .value();
    }

    private List<PodSandboxId> ids(PodSandboxFilter filter) {
        return pods.list(filter).stream().map(PodSandbox::id).toList();
    }

    private static PodSandboxFilter filter(
            @Nullable PodSandboxState state, Map<String, String> labels) {
        return new PodSandboxFilter(PodOwner.CRI, "", state, labels);
    }
}
