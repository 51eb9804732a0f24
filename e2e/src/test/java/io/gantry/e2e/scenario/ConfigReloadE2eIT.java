package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.proto.cri.ContainerState;
import io.gantry.proto.cri.RuntimeCondition;
import io.gantry.proto.cri.StatusRequest;
import io.gantry.proto.cri.VersionRequest;
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
    void keysThatNeedARestartAreNamed() throws IOException {
        assertThat(reload(before + "[image]\npinned = [\"a/*\"]\n", DONE))
                .contains("needRestart")
                .contains("image")
                .doesNotContain("streaming");
    }
}
