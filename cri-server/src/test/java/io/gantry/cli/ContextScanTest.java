package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.image.build.ignore.IgnoreRules;
import io.gantry.proto.build.Entry;
import io.grpc.StatusException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContextScanTest {

    @TempDir private Path root;

    @Test
    void entriesComeAfterTheirDirectoriesWithWhatTheFileSystemSaysOfThem() throws Exception {
        Path file = file("d/e/a", "12345");
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_500));
        Files.createSymbolicLink(root.resolve("d/link"), Path.of("../elsewhere"));
        List<Entry> entries = scan(root, IgnoreRules.none());
        assertThat(entries)
                .extracting(Entry::getPath)
                .containsExactlyInAnyOrder("d", "d/e", "d/e/a", "d/link")
                .startsWith("d");
        Entry a = of(entries, "d/e/a");
        assertThat(a.getSize()).isEqualTo(5);
        assertThat(a.getModifiedAt()).isEqualTo(1_500_000_000L);
        assertThat(a.getInode()).isEqualTo(Files.getAttribute(file, "unix:ino"));
        assertThat(of(entries, "d/link").getLink()).isEqualTo("../elsewhere");
        assertThat(entries.indexOf(of(entries, "d/e"))).isLessThan(entries.indexOf(a));
    }

    @Test
    void aDirectoryThatIsLeftOutIsThereForWhatIsNot() throws Exception {
        file("big/one", "");
        file("big/kept/two", "");
        file("other/three", "");
        IgnoreRules rules = IgnoreRules.of(List.of("big", "other", "!big/kept/two"));
        assertThat(scan(root, rules))
                .extracting(Entry::getPath)
                .containsExactly("big", "big/kept", "big/kept/two");
    }

    @Test
    void socketsAreLeftOut() throws Exception {
        file("a", "");
        try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.bind(UnixDomainSocketAddress.of(root.resolve("s")));
            assertThat(scan(root, IgnoreRules.none()))
                    .extracting(Entry::getPath)
                    .containsExactly("a");
        }
    }

    @Test
    void whatIsNotThereIsNamed() {
        Path none = root.resolve("none");
        assertThatThrownBy(() -> scan(none, IgnoreRules.none()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(none.toString());
    }

    @Test
    void aDirectoryIsListedOnceWhateverIsInIt() throws Exception {
        file("kept/deep/one", "");
        file("kept/deep/two", "");
        file("kept/three", "");
        Files.createDirectory(root.resolve("empty"));
        IgnoreRules rules = IgnoreRules.of(List.of("kept", "!kept/deep", "!kept/three"));

        assertThat(scan(root, rules))
                .extracting(Entry::getPath)
                .containsExactlyInAnyOrder(
                        "empty",
                        "kept",
                        "kept/deep",
                        "kept/deep/one",
                        "kept/deep/two",
                        "kept/three");
    }

    private static List<Entry> scan(Path root, IgnoreRules rules)
            throws IOException, InterruptedException, StatusException {
        List<Entry> entries = new ArrayList<>();
        ContextScan.of(root, rules, entries::add);
        return entries;
    }

    private static Entry of(List<Entry> entries, String path) {
        return entries.stream()
                .filter(each -> each.getPath().equals(path))
                .findFirst()
                .orElseThrow();
    }

    private Path file(String name, String content) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, content);
    }
}
