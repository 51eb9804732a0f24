package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ContainerState;
import io.gantry.proto.cri.LinuxContainerConfig;
import io.gantry.proto.cri.LinuxContainerSecurityContext;
import io.gantry.proto.cri.RuntimeCondition;
import io.gantry.proto.cri.SecurityProfile;
import io.gantry.proto.cri.SecurityProfile.ProfileType;
import io.gantry.proto.cri.StatusRequest;
import io.gantry.proto.cri.VersionRequest;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A daemon that is told to read its configuration again. */
class ConfigReloadE2eIT {

    @RegisterExtension static final Node NODE = Node.own();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final String DONE = "configuration read again";
    private static final String REFUSED = "configuration refused, the old one stays";

    private String before;

    @BeforeEach
    void keep() throws IOException {
        before = Files.readString(NODE.daemon().config());
    }

    @AfterEach
    void restore() throws IOException {
        reload(before, DONE);
    }

    /** Has the daemon read it, and returns what it said of that. */
    private static String reload(String configuration, String answer) throws IOException {
        Files.writeString(NODE.daemon().config(), configuration);
        int said = lines(answer).size();
        Command.of("kill", "-HUP", Long.toString(NODE.daemon().pid())).run().orThrow();
        Await.until("an answer", Await.seconds(60), () -> lines(answer).size() > said);
        return lines(answer).getLast();
    }

    private static List<String> lines(String words) throws IOException {
        return Files.readAllLines(NODE.daemon().log()).stream()
                .filter(line -> line.contains(words))
                .toList();
    }

    @Test
    void anotherFormatAndLevelOfTheLogHoldAtOnceAndContainersGoOn() throws IOException {
        String container = NODE.idle("goes-on");
        long pid = NODE.daemon().pid();

        String said =
                reload(
                        before.replace("level = \"debug\"", "level = \"info\"\nformat = \"json\""),
                        DONE);

        assertThat(said).startsWith("{").contains("\"needRestart\"");
        NODE.cri().runtime().version(VersionRequest.getDefaultInstance());
        assertThat(Files.readAllLines(NODE.daemon().log()).getLast()).isEqualTo(said);
        assertThat(NODE.daemon().pid()).isEqualTo(pid);
        assertThat(NODE.cri().status(container).getState())
                .isEqualTo(ContainerState.CONTAINER_RUNNING);
    }

    @Test
    void otherDirectoriesOfRegistriesAndNetworksHoldAtOnce() throws IOException {
        String host = NODE.bed().registry().host();
        Path hosts = Files.createDirectories(NODE.home().resolve("other-hosts"));
        Files.writeString(
                Files.createDirectories(hosts.resolve("mirror.example")).resolve("hosts.toml"),
                "server = \"http://%s\"\n".formatted(host));
        Path networks = Files.createDirectories(NODE.home().resolve("other-networks"));
        Files.writeString(
                networks.resolve("10-other.conflist"),
                "{\"cniVersion\":\"1.0.0\",\"name\":\"other\","
                        + "\"plugins\":[{\"type\":\"no-such-plugin\"}]}");
        assertThat(network()).doesNotContain("no-such-plugin");
        String mirrored = NODE.image().replace(host, "mirror.example");

        String said =
                reload(
                        before.replace(
                                        NODE.daemon().config().resolveSibling("certs.d").toString(),
                                        hosts.toString())
                                .replace(NODE.daemon().cniConfig().toString(), networks.toString()),
                        DONE);

        assertThat(said).doesNotContain("registry").doesNotContain("cni");
        assertThat(network()).contains("no-such-plugin");
        NODE.cri().pull(mirrored);
        assertThat(NODE.cri().imageStatus(mirrored)).isPresent();
        reload(before, DONE);
        assertThat(network()).doesNotContain("no-such-plugin");
        NODE.cri().removeImage(mirrored);
        NODE.cri().pull(NODE.image());
    }

    /** What the daemon says of the network of pods. */
    private static String network() {
        return NODE
                .cri()
                .runtime()
                .status(StatusRequest.getDefaultInstance())
                .getStatus()
                .getConditionsList()
                .stream()
                .filter(condition -> condition.getType().equals("NetworkReady"))
                .map(RuntimeCondition::getMessage)
                .collect(Collectors.joining());
    }

    @Test
    void aConfigurationThatIsWrongIsRefusedWithTheReasonAndTheOldOneStays() throws IOException {
        assertThat(reload(before.replace("level = ", "lovel = "), REFUSED))
                .contains("log.lovel")
                .contains("level");
        assertThat(reload("root = ", REFUSED)).contains("line 1");
        assertThat(NODE.cri().runtime().version(VersionRequest.getDefaultInstance()).getVersion())
                .isEqualTo("0.1.0");
    }

    @Test
    void ofAConfigurationThatIsRefusedNothingHoldsNotEvenWhatIsRight() throws IOException {
        reload(before.replace("level = \"debug\"", "level = \"info\"\nlovel = 1"), REFUSED);
        int calls = lines("Version").size();
        NODE.cri().runtime().version(VersionRequest.getDefaultInstance());
        // Calls that succeed are told of at the level of the old one only.
        Await.until("a call in the log", Await.seconds(60), () -> lines("Version").size() > calls);
    }

    @Test
    void aRegistryThatIsDescribedMeanwhileIsAskedAsItSaysWithoutARestart() throws IOException {
        // Nobody listens there.
        String name = "127.0.0.1:1";
        String reference = name + "/e2e/busybox:1";
        Failures.is(
                catchThrowable(() -> NODE.cri().pull(reference)),
                Status.Code.UNKNOWN,
                "RegistryUnavailable: ");
        Path hosts = Files.createDirectories(NODE.home().resolve("certs.d").resolve(name));
        Path file = hosts.resolve("hosts.toml");
        Files.writeString(file, "server = \"http://%s\"\n".formatted(NODE.bed().registry().host()));
        assertThat(NODE.cri().pull(reference))
                .isEqualTo(NODE.cri().imageStatus(NODE.image()).orElseThrow().getId());
        NODE.cri().removeImage(reference);
        NODE.cri().pull(NODE.image());
        Files.delete(file);
        Files.delete(hosts);
    }

    @Test
    void aProfileThatChangesHoldsForContainersFromThenOn() throws IOException {
        Path profile = NODE.home().resolve("profile.json");
        Files.writeString(profile, without("chmod\", \"fchmod\", \"fchmodat"));
        String former = confined("former", profile);
        Files.writeString(profile, without("mkdir\", \"mkdirat"));
        String later = confined("later", profile);

        assertThat(code(former, "chmod", "400", "/tmp")).isNotZero();
        assertThat(code(former, "mkdir", "/made")).isZero();
        assertThat(code(later, "chmod", "400", "/tmp")).isZero();
        assertThat(code(later, "mkdir", "/made")).isNotZero();
    }

    private static String without(String calls) {
        return """
        {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
          {"names": ["%s"], "action": "SCMP_ACT_ERRNO"}]}
        """
                .formatted(calls);
    }

    private static String confined(String name, Path profile) {
        SecurityProfile seccomp =
                SecurityProfile.newBuilder()
                        .setProfileType(ProfileType.Localhost)
                        .setLocalhostRef(profile.toString())
                        .build();
        ContainerConfig config =
                Requests.script("c", NODE.image(), "sleep 1000")
                        .setLinux(
                                LinuxContainerConfig.newBuilder()
                                        .setSecurityContext(
                                                LinuxContainerSecurityContext.newBuilder()
                                                        .setSeccomp(seccomp)))
                        .build();
        return NODE.run(NODE.pod(name).build(), config);
    }

    private static int code(String container, String... command) {
        return NODE.cri().exec(container, command).getExitCode();
    }

    @Test
    void keysThatNeedARestartAreNamed() throws IOException {
        assertThat(reload(before + "[image]\npinned = [\"a/*\"]\n", DONE))
                .contains("needRestart")
                .contains("image")
                .doesNotContain("streaming");
    }
}
