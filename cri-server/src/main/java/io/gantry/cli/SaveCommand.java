package io.gantry.cli;

import io.gantry.proto.image.ArchiveFormat;
import io.gantry.proto.image.SaveRequest;
import io.gantry.proto.image.SaveResponse;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

@Command(name = "save", description = "Write images to an archive.")
final class SaveCommand extends GantrySubcommand {

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Instead of standard output; replaced only once the archive is whole.")
    private @Nullable Path file;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            converter = FormatConverter.class,
            description = "docker-archive (default) or oci-archive.")
    private ArchiveFormat format = ArchiveFormat.ARCHIVE_FORMAT_DOCKER;

    @Parameters(arity = "1..*", paramLabel = "IMAGE")
    private List<String> names = List.of();

    SaveCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() throws StatusException, InterruptedException, IOException {
        if (file == null && streams().screen().outIsTerminal()) {
            throw new UsageException(
                    "an archive is not written to a terminal; name a file with -o, or redirect");
        }
        BlockingClientCall<?, SaveResponse> archive =
                imageStreams()
                        .save(
                                SaveRequest.newBuilder()
                                        .addAllImages(names)
                                        .setFormat(format)
                                        .build());
        if (file == null) {
            return print(archive, streams().out());
        }
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            try (OutputStream device = Files.newOutputStream(file)) {
                copy(archive, device);
            }
        } else {
            replace(archive, file);
        }
        return ExitCodes.OK;
    }

    private static int print(BlockingClientCall<?, SaveResponse> archive, PrintStream out)
            throws StatusException, InterruptedException, IOException {
        for (SaveResponse piece = archive.read(); piece != null; piece = archive.read()) {
            piece.getData().writeTo(out);
            if (out.checkError()) {
                archive.cancel("output is closed", null);
                return Session.OUTPUT_CLOSED_CODE;
            }
        }
        return ExitCodes.OK;
    }

    private static void replace(BlockingClientCall<?, SaveResponse> archive, Path file)
            throws StatusException, InterruptedException, IOException {
        Path directory = file.toAbsolutePath().getParent();
        Path unfinished = Files.createTempFile(directory, "." + file.getFileName(), ".part");
        try {
            try (OutputStream out = Files.newOutputStream(unfinished)) {
                copy(archive, out);
            }
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    private static void copy(BlockingClientCall<?, SaveResponse> archive, OutputStream out)
            throws StatusException, InterruptedException, IOException {
        for (SaveResponse piece = archive.read(); piece != null; piece = archive.read()) {
            piece.getData().writeTo(out);
        }
    }

    /** The names that podman and skopeo give the formats. */
    static final class FormatConverter implements ITypeConverter<ArchiveFormat> {
        @Override
        public ArchiveFormat convert(String value) {
            return switch (value) {
                case "docker-archive", "docker" -> ArchiveFormat.ARCHIVE_FORMAT_DOCKER;
                case "oci-archive", "oci" -> ArchiveFormat.ARCHIVE_FORMAT_OCI;
                default ->
                        throw new TypeConversionException(
                                "'" + value + "' is neither docker-archive nor oci-archive");
            };
        }
    }
}
