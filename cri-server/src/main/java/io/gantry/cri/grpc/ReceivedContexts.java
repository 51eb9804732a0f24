package io.gantry.cri.grpc;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.ResourceExhaustedException;
import io.gantry.cri.build.ContextEntry;
import io.gantry.cri.build.ContextStore;
import io.gantry.cri.build.ContextUpload;
import io.gantry.cri.grpc.StreamCalls.Inbound;
import io.gantry.cri.grpc.StreamCalls.Outbound;
import io.gantry.cri.translate.BuildRequests;
import io.gantry.cri.translate.ImageRequests;
import io.gantry.image.build.api.BuildContext;
import io.gantry.image.build.api.BuildInputs;
import io.gantry.image.build.api.ClientOffers;
import io.gantry.image.build.api.ContextNeeds;
import io.gantry.image.build.api.NamedContext;
import io.gantry.image.build.remote.RemoteSource;
import io.gantry.proto.build.BuildRequest;
import io.gantry.proto.build.BuildResponse;
import io.gantry.proto.build.Context;
import io.gantry.proto.build.Data;
import io.gantry.proto.build.Listing;
import io.gantry.proto.build.Open;
import io.gantry.proto.build.Wanted;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The contexts of a build, as its client sends them: a listing, and of the files what is not here.
 * Used by one thread; held until closed.
 */
final class ReceivedContexts implements AutoCloseable {

    private static final int MAX_ENTRIES = 1_000_000;
    private static final int WANTED_PIECE = 50_000;

    private final ContextStore store;
    private final List<Context> contexts;
    private final ContextNeeds needs;
    private final LateFiles late;
    private final List<ContextStore.Held> held = new ArrayList<>();
    private final Map<Integer, BuildContext> received = new HashMap<>();

    /**
     * Contexts that have yet to come.
     *
     * @param needs what of their files is wanted at first
     * @param late brings the others when they are
     */
    ReceivedContexts(ContextStore store, Open open, ContextNeeds needs, LateFiles late) {
        this.store = store;
        this.needs = needs;
        this.late = late;
        this.contexts = open.getContextsList();
        Set<String> names =
                contexts.stream().map(Context::getName).collect(Collectors.toUnmodifiableSet());
        if (names.size() < contexts.size()) {
            throw new InvalidArgumentException("two contexts have one name");
        }
    }

    /** Takes in all that are files. */
    void receive(Inbound<BuildRequest> in, Outbound<BuildResponse> out)
            throws InterruptedException {
        for (int i = 0; i < contexts.size(); i++) {
            if (contexts.get(i).hasFiles()) {
                receive(i, in, out);
            }
        }
    }

    private void receive(int number, Inbound<BuildRequest> in, Outbound<BuildResponse> out)
            throws InterruptedException {
        // What is there is read while the listing comes.
        ContextStore.Held place = store.take(contexts.get(number).getFiles().getKey());
        held.add(place);
        List<ContextEntry> listing = listing(number, in);
        try {
            ContextUpload upload = place.upload(listing, need(contexts.get(number)));
            receive(number, upload.wanted(), upload, in, out);
            received.put(
                    number,
                    place.finish(
                            upload,
                            (rest, to) ->
                                    late.exchange(
                                            (further, back) ->
                                                    receive(number, rest, to, further, back))));
        } catch (IOException e) {
            throw ContextStore.failure("keep the context of the build", e);
        }
    }

    private ContextUpload.Need need(Context context) {
        return context.getFiles().hasLayout()
                ? _ -> _ -> true
                : listing -> needs.of(context.getName(), listing);
    }

    private static void receive(
            int number,
            List<Integer> wanted,
            ContextUpload upload,
            Inbound<BuildRequest> in,
            Outbound<BuildResponse> out)
            throws IOException, InterruptedException {
        tell(number, wanted, out);
        IncomingPieces pieces = new IncomingPieces(in);
        for (int entry : wanted) {
            try (ContextUpload.Incoming file = upload.receive(entry)) {
                receive(number, entry, file, pieces);
            }
        }
        pieces.end();
    }

    private static List<ContextEntry> listing(int number, Inbound<BuildRequest> in)
            throws InterruptedException {
        List<ContextEntry> entries = new ArrayList<>();
        Listing listing;
        do {
            listing = next(in).getListing();
            if (listing.getContext() != number) {
                throw new InvalidArgumentException(
                        "a listing of context " + number + " is expected");
            }
            listing.getEntriesList().forEach(each -> entries.add(BuildRequests.toDomain(each)));
            if (entries.size() > MAX_ENTRIES) {
                throw new ResourceExhaustedException(
                        "a context has more than " + MAX_ENTRIES + " entries");
            }
        } while (!listing.getLast());
        return entries;
    }

    private static void tell(int number, List<Integer> wanted, Outbound<BuildResponse> out)
            throws InterruptedException {
        int at = 0;
        boolean last = false;
        while (!last) {
            int end = Math.min(wanted.size(), at + WANTED_PIECE);
            last = end == wanted.size();
            Wanted piece =
                    Wanted.newBuilder()
                            .setContext(number)
                            .addAllEntries(wanted.subList(at, end))
                            .setLast(last)
                            .build();
            out.send(BuildResponse.newBuilder().setWanted(piece).build());
            at = end;
        }
    }

    private static void receive(
            int number, int entry, ContextUpload.Incoming file, IncomingPieces pieces)
            throws IOException, InterruptedException {
        Data data;
        do {
            data = pieces.next();
            if (data.getContext() != number || data.getEntry() != entry) {
                throw new InvalidArgumentException(
                        "data of entry " + entry + " of context " + number + " is expected");
            }
            file.write(data.getData().toByteArray());
        } while (!data.getLast());
        file.finish();
    }

    /** Pieces of files, which come alone or several at once. */
    private static final class IncomingPieces {

        private final Inbound<BuildRequest> in;
        private Iterator<Data> here = Collections.emptyIterator();

        IncomingPieces(Inbound<BuildRequest> in) {
            this.in = in;
        }

        Data next() throws InterruptedException {
            while (!here.hasNext()) {
                BuildRequest message = ReceivedContexts.next(in);
                here =
                        message.hasPieces()
                                ? message.getPieces().getPiecesList().iterator()
                                : List.of(message.getData()).iterator();
            }
            return here.next();
        }

        /** After the last piece that is wanted. */
        void end() {
            if (here.hasNext()) {
                throw new InvalidArgumentException(
                        "data came of entry " + here.next().getEntry() + ", which nobody wants");
            }
        }
    }

    private static BuildRequest next(Inbound<BuildRequest> in) throws InterruptedException {
        return in.next()
                .orElseThrow(() -> new InvalidArgumentException("the contexts did not come whole"));
    }

    /** What the build works on. */
    BuildInputs inputs(ClientOffers offers) {
        Optional<NamedContext> own = Optional.empty();
        Map<String, NamedContext> named = new LinkedHashMap<>();
        for (int i = 0; i < contexts.size(); i++) {
            Context context = contexts.get(i);
            if (!context.getName().isEmpty()) {
                named.put(context.getName(), named(context, i));
            } else if ((context.hasFiles() && !context.getFiles().hasLayout())
                    || context.hasRemote()) {
                own = Optional.of(named(context, i));
            } else {
                throw new InvalidArgumentException(
                        "the build's own context must be files or elsewhere");
            }
        }
        return new BuildInputs(own.orElseGet(this::noFiles), named, offers);
    }

    private NamedContext noFiles() {
        ContextStore.Held place = store.take("");
        held.add(place);
        try {
            ContextUpload nothing = place.upload(List.of(), _ -> _ -> false);
            return new NamedContext.Files(place.finish(nothing, (_, _) -> {}));
        } catch (IOException e) {
            throw ContextStore.failure("keep an empty context", e);
        }
    }

    private NamedContext named(Context context, int number) {
        return switch (context.getSourceCase()) {
            case FILES -> {
                BuildContext files = Objects.requireNonNull(received.get(number));
                yield context.getFiles().hasLayout()
                        ? new NamedContext.Layout(files, context.getFiles().getLayout().getImage())
                        : new NamedContext.Files(files);
            }
            case IMAGE ->
                    new NamedContext.OfImage(ImageRequests.reference("image", context.getImage()));
            case SCRATCH -> new NamedContext.Scratch();
            case REMOTE -> remote(context.getRemote());
            case SOURCE_NOT_SET ->
                    throw new InvalidArgumentException(
                            "context " + context.getName() + " has no source");
        };
    }

    private static NamedContext remote(String address) {
        if (RemoteSource.parse(address).isEmpty()) {
            throw new InvalidArgumentException("'" + address + "' is no address of a context");
        }
        return new NamedContext.Remote(address);
    }

    @Override
    public void close() {
        held.forEach(ContextStore.Held::close);
    }
}
