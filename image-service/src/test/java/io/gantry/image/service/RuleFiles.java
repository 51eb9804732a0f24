package io.gantry.image.service;

import com.github.luben.zstd.ZstdOutputStream;
import io.gantry.image.build.api.BuildResult;
import io.gantry.image.layer.TarBuilder;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** Files of the tables of rules: made as a row says, and told in its words. */
final class RuleFiles {

    /** When files of contexts were changed last. */
    private static final long THEN = 1_600_000_000L;

    /** What builds are dated with. */
    private static final long DATE = 1_700_000_000L;

    private RuleFiles() {}

    /** Makes a file of a context. */
    static void make(Path context, String line) throws IOException {
        int link = line.indexOf(" -> ");
        if (link > 0) {
            Path path = above(context.resolve(line.substring(0, link)));
            Files.createSymbolicLink(path, Path.of(line.substring(link + 4)));
            return;
        }
        int equals = line.indexOf(" = ");
        String[] words = (equals < 0 ? line : line.substring(0, equals)).split(" ", 3);
        Path path = above(context.resolve(words[0].replace("%20", " ")));
        String kind = words.length > 1 ? words[1] : "";
        if (words[0].endsWith("/")) {
            Files.createDirectories(path);
        } else if (kind.equals("socket")) {
            try (ServerSocketChannel socket =
                    ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
                socket.bind(UnixDomainSocketAddress.of(path));
            }
            return;
        } else if (kind.equals("fifo")) {
            command("mkfifo", "-m", "640", path.toString());
            return;
        } else if (kind.equals("tar")) {
            try (OutputStream out = packing(words.length > 2 ? words[2] : "", path)) {
                out.write(archive());
            }
            return;
        } else {
            Files.writeString(
                    path, equals < 0 ? "" : line.substring(equals + 3).replace("\\n", "\n"));
        }
        if (!kind.isEmpty()) {
            Files.setAttribute(path, "unix:mode", Integer.parseInt(kind, 8));
        }
    }

    private static Path above(Path path) throws IOException {
        Files.createDirectories(path.getParent());
        return path;
    }

    private static OutputStream packing(String packer, Path path) throws IOException {
        OutputStream out = Files.newOutputStream(path);
        return switch (packer) {
            case "gzip" -> new GZIPOutputStream(out);
            case "bzip2" -> new BZip2CompressorOutputStream(out);
            case "xz" -> new XZOutputStream(out, new LZMA2Options());
            case "zstd" -> new ZstdOutputStream(out);
            default -> out;
        };
    }

    private static byte[] archive() {
        return new TarBuilder().directory("d", 0755).file("d/in", "x").symlink("l", "d/in").build();
    }

    private static void command(String... words) throws IOException {
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        byte[] said = process.getInputStream().readAllBytes();
        try {
            if (process.waitFor() != 0) {
                throw new IOException(
                        String.join(" ", words) + ": " + new String(said, StandardCharsets.UTF_8));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    /** Gives all files below a directory one time; touch(1), for Java would open a fifo. */
    static void date(Path directory) throws IOException {
        List<String> words = new ArrayList<>(List.of("touch", "-h", "-c", "-d", "@" + THEN));
        try (Stream<Path> walk = Files.walk(directory)) {
            walk.sorted(Comparator.reverseOrder()).map(Path::toString).forEach(words::add);
        }
        command(words.toArray(String[]::new));
    }

    /**
     * The entries of a layer: kind, mode, owner, path, content, and the time where it is not that
     * of the context.
     */
    static List<String> entries(Building building, BuildResult result, int layer)
            throws IOException {
        List<String> entries = new ArrayList<>();
        building.entries(
                result,
                layer,
                (entry, content) -> {
                    String kind =
                            switch (entry.getLinkFlag()) {
                                case '0' -> "f";
                                case '1' -> "h";
                                case '2' -> "l";
                                case '3' -> "c";
                                case '4' -> "b";
                                case '5' -> "d";
                                default -> "p";
                            };
                    long time = entry.getLastModifiedTime().toInstant().getEpochSecond();
                    String dated =
                            time == THEN || kind.equals("l")
                                    ? ""
                                    : time == DATE ? " @date" : " @" + time;
                    String text =
                            kind.equals("f") && content.length > 0 && content.length < 200
                                    ? " = "
                                            + new String(content, StandardCharsets.UTF_8)
                                                    .replace("\n", "\\n")
                                    : "";
                    String target =
                            entry.getLinkName().isEmpty() ? "" : " -> " + entry.getLinkName();
                    entries.add(
                            "%s %o %d:%d %s%s%s%s"
                                    .formatted(
                                            kind,
                                            entry.getMode() & 07777,
                                            entry.getLongUserId(),
                                            entry.getLongGroupId(),
                                            entry.getName(),
                                            target,
                                            text,
                                            dated));
                    return "";
                });
        return entries;
    }
}
