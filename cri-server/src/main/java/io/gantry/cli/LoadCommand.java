package io.gantry.cli;

import com.google.protobuf.ByteString;
import io.gantry.base.Tasks;
import io.gantry.proto.image.LoadRequest;
import io.gantry.proto.image.LoadResponse;
import io.gantry.proto.image.Loaded;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "load", description = "Take in images from an archive.")
final class LoadCommand extends GantrySubcommand {

    private static final int PIECE = 256 << 10;

    @Option(
            names = {"-i", "--input"},
            paramLabel = "FILE",
            description = "Instead of standard input; packed by gzip or zstd, or not.")
    private @Nullable Path file;

    @Option(
            names = {"-q", "--quiet"},
            description = "Show no progress.")
    private boolean quiet;

    @Option(
            names = {"-n", "--name"},
            paramLabel = "REFERENCE",
            description = "What to call the image, in place of what the archive says.")
    private String name = "";

    LoadCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() throws StatusException, InterruptedException, IOException {
        if (file == null && streams().screen().inIsTerminal()) {
            throw new UsageException(
                    "an archive is not read from a terminal; name a file with -i, or redirect");
        }
        try (InputStream archive = file == null ? streams().in() : Files.newInputStream(file)) {
            load(archive, file == null ? 0 : Files.size(file));
        }
        return ExitCodes.OK;
    }

    private void load(InputStream archive, long size)
            throws StatusException, InterruptedException, IOException {
        BlockingClientCall<LoadRequest, LoadResponse> call = imageStreams().load();
        AtomicReference<@Nullable IOException> unreadable = new AtomicReference<>();
        // Standard input cannot be interrupted; the thread ends with the client.
        Tasks.startNative("archive", () -> send(archive, call, unreadable));
        try {
            follow(call, size);
        } catch (StatusException e) {
            IOException cause = unreadable.get();
            if (cause != null) {
                throw new IOException("cannot read the archive: " + Failures.text(cause), cause);
            }
            throw e;
        }
    }

    private void follow(BlockingClientCall<?, LoadResponse> call, long size)
            throws StatusException, InterruptedException {
        ProgressView view =
                quiet || !streams().screen().canRedrawMessages()
                        ? ProgressView.NONE
                        : new ProgressBars(streams().err(), streams().screen()::size);
        for (LoadResponse answer = call.read(); answer != null; answer = call.read()) {
            if (answer.hasLoaded()) {
                print(answer.getLoaded());
            } else {
                long bytes = answer.getProgress().getBytes();
                view.show(
                        List.of(
                                new ProgressRow(
                                        "archive",
                                        "Loading",
                                        bytes,
                                        Math.max(size, bytes),
                                        true,
                                        false)));
            }
        }
    }

    private void print(Loaded loaded) {
        if (loaded.getReferencesCount() == 0) {
            streams().out().println("Loaded image ID: " + loaded.getId());
        }
        loaded.getReferencesList()
                .forEach(each -> streams().out().println("Loaded image: " + each));
    }

    private void send(
            InputStream archive,
            BlockingClientCall<LoadRequest, LoadResponse> call,
            AtomicReference<@Nullable IOException> unreadable) {
        byte[] buffer = new byte[PIECE];
        try {
            call.write(LoadRequest.newBuilder().setReference(name).build());
            for (int count = archive.read(buffer); count >= 0; count = archive.read(buffer)) {
                call.write(
                        LoadRequest.newBuilder()
                                .setData(ByteString.copyFrom(buffer, 0, count))
                                .build());
            }
            call.halfClose();
        } catch (IOException e) {
            unreadable.set(e);
            call.cancel("the archive cannot be read", e);
        } catch (StatusException e) {
            // The daemon has ended the call; whoever reads its answer learns why.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
