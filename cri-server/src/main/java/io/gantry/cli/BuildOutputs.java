package io.gantry.cli;

import io.gantry.proto.build.Built;
import io.gantry.proto.build.Compression;
import io.gantry.proto.build.Open;
import io.gantry.proto.build.Output;
import io.gantry.proto.build.OutputKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a built image goes beside the store, and where is written what became of it. */
final class BuildOutputs {

    private static final List<String> KEYS =
            List.of(
                    "type",
                    "dest",
                    "name",
                    "push",
                    "compression",
                    "compression-level",
                    "oci-mediatypes",
                    "rewrite-timestamp");

    @Option(
            names = {"-o", "--output"},
            paramLabel = "type=TYPE[,dest=PATH]",
            description =
                    "Beside the store: oci or docker, an archive in a file or - for standard"
                        + " output; image with name=, push=, compression=gzip|zstd|uncompressed,"
                        + " compression-level=, oci-mediatypes=, rewrite-timestamp=. In place of an"
                        + " image: local, the files in a directory, or tar, in an archive. A"
                        + " directory alone is local, - alone is tar.")
    private @Nullable String output;

    @Option(names = "--push", description = "Push the image to its registry.")
    private boolean push;

    @Option(names = "--load", description = "As it is anyway: put the image into the store.")
    @SuppressWarnings("UnusedVariable") // picocli looks at it
    private boolean load;

    @Option(names = "--iidfile", paramLabel = "FILE", description = "Write the image's id there.")
    private @Nullable Path idFile;

    @Option(
            names = "--metadata-file",
            paramLabel = "FILE",
            description = "Write what came of the build there, as JSON.")
    private @Nullable Path metadataFile;

    Output toProto() {
        OutputKind kind =
                switch (word("type", "image")) {
                    case "image", "registry", "store" -> OutputKind.OUTPUT_STORE;
                    case "oci" -> OutputKind.OUTPUT_OCI;
                    case "local", "tar" -> OutputKind.OUTPUT_FILES;
                    case "docker" ->
                            word("dest", "").isEmpty()
                                    ? OutputKind.OUTPUT_STORE
                                    : OutputKind.OUTPUT_DOCKER;
                    default ->
                            throw new UsageException(
                                    "-o: type '"
                                            + word("type", "")
                                            + "' is not image, oci, docker, local or tar");
                };
        if (kind == OutputKind.OUTPUT_FILES && pushes()) {
            throw new UsageException(
                    "-o: type " + word("type", "") + " makes no image that could be pushed");
        }
        return Output.newBuilder().setKind(kind).build();
    }

    /** The parts of an output that are the image's. */
    void apply(Open.Builder open) {
        var image = open.getImageBuilder();
        if (!word("name", "").isEmpty()) {
            image.addNames(word("name", ""));
        }
        image.setDockerMediaTypes(word("oci-mediatypes", "true").equals("false"))
                .setRewriteTimes(word("rewrite-timestamp", "false").equals("true"))
                .setCompression(
                        switch (word("compression", "gzip")) {
                            case "gzip" -> Compression.COMPRESSION_GZIP;
                            case "zstd" -> Compression.COMPRESSION_ZSTD;
                            case "uncompressed" -> Compression.COMPRESSION_NONE;
                            default ->
                                    throw new UsageException(
                                            "-o: compression is gzip, zstd or uncompressed");
                        });
        if (!word("compression-level", "").isEmpty()) {
            image.setCompressionLevel(
                    (int)
                            Quantities.parseCount(
                                    "-o compression-level", word("compression-level", "")));
        }
    }

    boolean pushes() {
        return push || word("push", "false").equals("true") || word("type", "").equals("registry");
    }

    /** Where an archive goes; closed by who writes it. */
    BuildSession.Sink sink(Streams streams) {
        String target = word("dest", "-");
        if (word("type", "").equals("local")) {
            if (!words().containsKey("dest")) {
                throw new UsageException("-o: type local needs a directory, dest=DIRECTORY");
            }
            return () -> new Unpacking(Path.of(target));
        }
        return () -> {
            if (!target.equals("-")) {
                return WholeFile.open(Path.of(target));
            }
            if (streams.screen().outIsTerminal()) {
                throw new UsageException(
                        "an archive is not written to a terminal; name a file with dest=");
            }
            return streams.out();
        };
    }

    /** Writes what is known of the image. */
    void record(Built built) throws IOException {
        if (idFile != null && !built.getId().isEmpty()) {
            Files.writeString(idFile, built.getId());
        }
        if (metadataFile != null) {
            Files.writeString(metadataFile, built.getId().isEmpty() ? "{}\n" : metadata(built));
        }
    }

    private static String metadata(Built built) {
        return """
        {
          "containerimage.config.digest": "%s",
          "containerimage.descriptor": {
            "mediaType": "%s",
            "digest": "%s",
            "size": %d
          },
          "containerimage.digest": "%s",
          "image.name": "%s"
        }
        """
                .formatted(
                        built.getId(),
                        built.getMediaType(),
                        built.getDigest(),
                        built.getSize(),
                        built.getDigest(),
                        String.join(",", built.getNamesList()));
    }

    private String word(String key, String unsaid) {
        return words().getOrDefault(key, unsaid);
    }

    private Map<String, String> words() {
        Map<String, String> words = new HashMap<>();
        if (output == null) {
            return words;
        }
        if (output.indexOf('=') < 0) {
            words.put("type", output.equals("-") ? "tar" : "local");
            words.put("dest", output);
            return words;
        }
        for (String each : output.split(",", -1)) {
            int equals = each.indexOf('=');
            String key = equals < 0 ? each : each.substring(0, equals);
            if (equals < 0 || !KEYS.contains(key)) {
                throw new UsageException("-o: '" + each + "' is not one of " + KEYS);
            }
            words.put(key, each.substring(equals + 1));
        }
        return words;
    }
}
