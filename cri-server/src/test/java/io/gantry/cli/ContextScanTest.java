package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.image.build.ignore.IgnoreRules;
import io.gantry.proto.build.Entry;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContextScanTest {

    @TempDir private Path root;

    @Test
    void entriesComeAfterTheirDirectoriesWithWhatTheFileSystemSaysOfThem() throws IOException {
        Path file = file("d/e/a", "12345");
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_500));
        Files.createSymbolicLink(root.resolve("d/link"), Path.of("../elsewhere"));
        List<Entry> entries = ContextScan.of(root, IgnoreRules.none());
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
    void aDirectoryThatIsLeftOutIsThereForWhatIsNot() throws IOException {
        file("big/one", "");
        file("big/kept/two", "");
        file("other/three", "");
        IgnoreRules rules = IgnoreRules.of(List.of("big", "other", "!big/kept/two"));
        assertThat(ContextScan.of(root, rules))
                .extracting(Entry::getPath)
                .containsExactly("big", "big/kept", "big/kept/two");
    }

    @Test
    void socketsAreLeftOut() throws IOException {
        file("a", "");
        try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.bind(UnixDomainSocketAddress.of(root.resolve("s")));
            assertThat(ContextScan.of(root, IgnoreRules.none()))
                    .extracting(Entry::getPath)
                    .containsExactly("a");
        }
    }

    @Test
    void whatIsNotThereIsNamed() {
        Path none = root.resolve("none");
        assertThatThrownBy(() -> ContextScan.of(none, IgnoreRules.none()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(none.toString());
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
