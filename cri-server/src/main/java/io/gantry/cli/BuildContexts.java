package io.gantry.cli;

import com.google.protobuf.ByteString;
import io.gantry.image.build.ignore.IgnoreRules;
import io.gantry.proto.build.BuildRequest;
import io.gantry.proto.build.BuildResponse;
import io.gantry.proto.build.Context;
import io.gantry.proto.build.Entry;
import io.gantry.proto.build.Listing;
import io.gantry.proto.build.Pieces;
import io.gantry.proto.build.Wanted;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Sends the contexts of a build: listings, and of the files what the daemon needs and does not
 * have, first of all and whenever else it turns out to need any.
 */
final class BuildContexts {

    private static final int LISTING_PIECE = 1_000;
    private static final int DATA_PIECE = 256 << 10;

    private static final int MAX_PIECES = 1_000;

    /** Of one message, besides its last piece. */
    private static final int MESSAGE_BYTES = 256 << 10;

    private final BlockingClientCall<BuildRequest, BuildResponse> call;
    private final Writer writer;
    private final BuildView view;
    private final Map<Integer, Listed> listed = new HashMap<>();
    private final List<Integer> asked = new ArrayList<>();
    private final byte[] buffer = new byte[DATA_PIECE];
    private final Pieces.Builder pieces = Pieces.newBuilder();
    private int waiting;

    /**
     * Contexts.
     *
     * @param call for answers
     * @param writer for what is sent, which others may use in between
     */
    BuildContexts(
            BlockingClientCall<BuildRequest, BuildResponse> call, Writer writer, BuildView view) {
        this.call = call;
        this.writer = writer;
        this.view = view;
    }

    /** Sends messages of the call. */
    @FunctionalInterface
    interface Writer {
        void write(BuildRequest message) throws StatusException, InterruptedException;
    }

    /** A context that the daemon knows the listing of, with its paths in that order. */
    private record Listed(Local local, List<String> paths) {

        boolean has(List<Integer> entries) {
            return entries.stream().allMatch(it -> it >= 0 && it < paths.size());
        }
    }

    /**
     * A context.
     *
     * @param rules what an ignore file leaves out
     */
    record Local(Context context, Path directory, IgnoreRules rules) {}

    /**
     * Sends one.
     *
     * @param number its place in what the call was opened with
     */
    void send(int number, Local local) throws StatusException, InterruptedException, IOException {
        List<String> paths = new ArrayList<>();
        List<Entry> piece = new ArrayList<>();
        // As they are found, so that the daemon takes them in meanwhile.
        ContextScan.of(
                local.directory,
                local.rules,
                entry -> {
                    if (piece.size() == LISTING_PIECE) {
                        list(number, piece, false);
                    }
                    paths.add(entry.getPath());
                    piece.add(entry);
                });
        list(number, piece, true);
        listed.put(number, new Listed(local, paths));
        while (!answer(wanted())) {
            // Another piece of it.
        }
    }

    /**
     * Takes a piece of what is wanted of a context, and with the last sends all of it.
     *
     * @return whether it was the last
     */
    boolean answer(Wanted wanted) throws StatusException, InterruptedException, IOException {
        Listed context = listed.get(wanted.getContext());
        asked.addAll(wanted.getEntriesList());
        if (!wanted.getLast()) {
            return false;
        }
        if (context == null || !context.has(asked)) {
            throw Status.INTERNAL
                    .withDescription("the daemon wants files that were not listed")
                    .asException();
        }
        long sent = 0;
        for (int each : asked) {
            Path file = context.local.directory.resolve(context.paths.get(each));
            sent += send(wanted.getContext(), each, file);
        }
        flush();
        String name = context.local.context.getName();
        view.contextSent(name, context.paths.size(), asked.size(), sent);
        asked.clear();
        return true;
    }

    private void list(int number, List<Entry> piece, boolean last)
            throws StatusException, InterruptedException {
        Listing listing =
                Listing.newBuilder().setContext(number).addAllEntries(piece).setLast(last).build();
        writer.write(BuildRequest.newBuilder().setListing(listing).build());
        piece.clear();
    }

    private void flush() throws StatusException, InterruptedException {
        if (pieces.getPiecesCount() > 0) {
            writer.write(BuildRequest.newBuilder().setPieces(pieces).build());
            pieces.clear();
            waiting = 0;
        }
    }

    private Wanted wanted() throws StatusException, InterruptedException {
        BuildResponse answer = call.read();
        if (answer == null || !answer.hasWanted()) {
            throw Status.INTERNAL
                    .withDescription("the daemon did not say which files it wants")
                    .asException();
        }
        return answer.getWanted();
    }

    private long send(int number, int entry, Path file)
            throws StatusException, InterruptedException, IOException {
        long sent = 0;
        try (InputStream in = Files.newInputStream(file)) {
            boolean last = false;
            while (!last) {
                int count = in.readNBytes(buffer, 0, buffer.length);
                last = count < buffer.length;
                sent += count;
                pieces.addPiecesBuilder()
                        .setContext(number)
                        .setEntry(entry)
                        .setData(ByteString.copyFrom(buffer, 0, count))
                        .setLast(last);
                waiting += count;
                if (waiting >= MESSAGE_BYTES || pieces.getPiecesCount() == MAX_PIECES) {
                    flush();
                }
            }
        } catch (FileSystemException e) {
            throw new IOException("cannot read " + file + ": " + Failures.text(e), e);
        }
        return sent;
    }
}
