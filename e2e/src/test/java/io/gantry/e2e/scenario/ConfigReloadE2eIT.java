package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.proto.cri.ContainerState;
import io.gantry.proto.cri.VersionRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
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
