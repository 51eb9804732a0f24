package io.gantry.cli;

import com.google.protobuf.ByteString;
import io.gantry.image.build.ignore.IgnoreRules;
import io.gantry.proto.build.BuildRequest;
import io.gantry.proto.build.BuildResponse;
import io.gantry.proto.build.Context;
import io.gantry.proto.build.Data;
import io.gantry.proto.build.Entry;
import io.gantry.proto.build.Listing;
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
import java.util.List;

/** Sends the contexts of a build: listings, and of the files what the daemon does not have. */
final class BuildContexts {

    private static final int LISTING_PIECE = 5_000;
    private static final int DATA_PIECE = 256 << 10;

    private final BlockingClientCall<BuildRequest, BuildResponse> call;
    private final BuildView view;

    BuildContexts(BlockingClientCall<BuildRequest, BuildResponse> call, BuildView view) {
        this.call = call;
        this.view = view;
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
        List<Entry> entries = ContextScan.of(local.directory, local.rules);
        for (int at = 0; at == 0 || at < entries.size(); at += LISTING_PIECE) {
            int end = Math.min(entries.size(), at + LISTING_PIECE);
            Listing listing =
                    Listing.newBuilder()
                            .setContext(number)
                            .addAllEntries(entries.subList(at, end))
                            .setLast(end == entries.size())
                            .build();
            call.write(BuildRequest.newBuilder().setListing(listing).build());
        }
        long sent = 0;
        long files = 0;
        Wanted wanted;
        List<Integer> all = new ArrayList<>();
        do {
            wanted = wanted();
            all.addAll(wanted.getEntriesList());
        } while (!wanted.getLast());
        for (int each : all) {
            sent += send(number, each, local.directory.resolve(entries.get(each).getPath()));
            files++;
        }
        view.contextSent(local.context.getName(), entries.size(), files, sent);
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
            byte[] buffer = new byte[DATA_PIECE];
            boolean last = false;
            while (!last) {
                int count = in.readNBytes(buffer, 0, buffer.length);
                last = count < buffer.length;
                sent += count;
                Data data =
                        Data.newBuilder()
                                .setContext(number)
                                .setEntry(entry)
                                .setData(ByteString.copyFrom(buffer, 0, count))
                                .setLast(last)
                                .build();
                call.write(BuildRequest.newBuilder().setData(data).build());
            }
        } catch (FileSystemException e) {
            throw new IOException("cannot read " + file + ": " + Failures.text(e), e);
        }
        return sent;
    }
}
