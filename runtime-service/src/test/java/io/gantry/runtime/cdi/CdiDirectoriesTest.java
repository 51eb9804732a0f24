package io.gantry.runtime.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.spec.SpecMount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CdiDirectoriesTest {

    private static final CdiName ONE = CdiName.parse("vendor.com/net=one");

    @TempDir private Path directory;
    private Path first;
    private Path last;
    private CdiDirectories directories;

    @BeforeEach
    void make() throws IOException {
        first = Files.createDirectory(directory.resolve("first"));
        last = directory.resolve("last");
        directories = new CdiDirectories(List.of(first, last));
    }

    private static String json(String env) {
        return """
        {"cdiVersion": "0.6.0", "kind": "vendor.com/net",
         "devices": [{"name": "one", "containerEdits": {"env": ["%s"]}}]}
        """
                .formatted(env);
    }

    private List<String> env() {
        return directories.read().edits(List.of(ONE), false).env();
    }

    private void assertMissed(String reasons) {
        assertThatThrownBy(this::env)
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("unknown CDI devices: vendor.com/net=one" + reasons);
    }

    @Test
    void yamlIsReadAsJsonIs() throws IOException {
        Files.writeString(
                first.resolve("v.yaml"),
                """
                # what the vendor's program wrote
                cdiVersion: 0.6.0
                kind: vendor.com/net
                devices:
                  - name: "one"
                    containerEdits:
                      env: [ "A=1" ]
                      deviceNodes:
                        - path: /dev/one
                          type: c
                          major: 195
                          minor: 255
                          fileMode: 438
                          permissions: rw
                containerEdits:
                  mounts:
                    - hostPath: /opt/v
                      containerPath: /v
                      options: [ro, rbind]
                """);
        ContainerEdits edits = directories.read().edits(List.of(ONE), false);

        assertThat(edits.env()).containsExactly("A=1");
        assertThat(edits.deviceNodes())
                .containsExactly(
                        new ContainerEdits.Node(
                                "/dev/one", "/dev/one", "c", 195L, 255L, 0666, "rw", null, null));
        assertThat(edits.mounts())
                .containsExactly(new SpecMount("/v", "bind", "/opt/v", List.of("ro", "rbind")));
    }

    @Test
    void aLaterDirectoryTakesPrecedenceAndAMissingOneIsEmpty() throws IOException {
        Files.writeString(first.resolve("v.json"), json("A=first"));
        assertThat(env()).containsExactly("A=first");

        Files.createDirectory(last);
        Files.writeString(last.resolve("other.json"), json("A=last"));
        assertThat(env()).containsExactly("A=last");

        Files.delete(last.resolve("other.json"));
        assertThat(env()).containsExactly("A=first");
    }

    @Test
    void aDeviceOfTwoFilesInADirectoryIsNoneAndBothAreNamed() throws IOException {
        Files.writeString(first.resolve("a.json"), json("A=1"));
        Files.writeString(first.resolve("b.yaml"), json("A=2"));
        assertThatThrownBy(this::env)
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage(
                        "CDI device vendor.com/net=one is described by more than one file: %s, %s",
                        first.resolve("a.json"), first.resolve("b.yaml"));
    }

    @Test
    void filesOfOtherNamesAreLeftAlone() throws IOException {
        Files.writeString(first.resolve("v.json.tmp"), json("A=1"));
        Files.writeString(first.resolve("v.toml"), "not JSON");
        Files.createDirectory(first.resolve("below"));
        Files.writeString(first.resolve("below/v.json"), json("A=1"));
        assertMissed("");
    }

    @Test
    void whyAFileCannotBeUsedIsToldWhereADeviceIsMissed() throws IOException {
        Files.writeString(first.resolve("v.json"), json("A=1") + "{}");
        assertThatThrownBy(this::env)
                .hasMessageContaining("; not read: CDI specification " + first.resolve("v.json"));

        Files.writeString(first.resolve("v.json"), json("A=1").replace("\"kind\"", "\"Kind\""));
        assertThatThrownBy(this::env).hasMessageContaining("Kind").hasMessageContaining("no such");

        Files.delete(first.resolve("v.json"));
        Files.createDirectory(first.resolve("v.json"));
        assertMissed(
                "; not read: CDI specification " + first.resolve("v.json") + ": it is no file");
    }

    @Test
    void aKeyThatIsThereTwiceIsRefused() throws IOException {
        Files.writeString(
                first.resolve("v.yaml"),
                """
                kind: vendor.com/a
                kind: vendor.com/b
                """);
        assertThatThrownBy(this::env).hasMessageContaining("uplicate").hasMessageContaining("kind");
    }

    @Test
    void aFileThatIsTooLargeIsNotReadIntoMemory() throws IOException {
        Path file = first.resolve("v.json");
        Files.writeString(file, json("A=1") + " ".repeat(5 << 20));
        assertMissed(
                "; not read: CDI specification %s: it has %d bytes, more than 4194304"
                        .formatted(file, Files.size(file)));
    }

    @Test
    void aBrokenFileDoesNotTakeTheDevicesOfOthersAway() throws IOException {
        Files.writeString(first.resolve("broken.yaml"), "kind: [");
        Files.writeString(first.resolve("v.json"), json("A=1"));
        assertThat(env()).containsExactly("A=1");
    }
}
