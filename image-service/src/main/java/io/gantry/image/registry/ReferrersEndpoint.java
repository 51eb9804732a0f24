package io.gantry.image.registry;

import io.gantry.base.error.DataLossException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import io.gantry.base.error.PermissionDeniedException;
import io.gantry.base.error.UnknownException;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import io.gantry.image.manifest.Document;
import io.gantry.image.manifest.Index;
import io.gantry.image.manifest.InvalidImageException;
import io.gantry.image.manifest.Manifest;
import io.gantry.image.reference.ImageReference;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code /v2/<name>/referrers/<digest>} (distribution-spec 1.1, "Listing Referrers"). */
final class ReferrersEndpoint {

    /** More are not looked at: anybody who may push can attach things to a manifest. */
    static final int MAX_REFERRERS = 256;

    private static final int MAX_PAGES = 16;
    private static final Map<String, String> ACCEPT = Map.of("Accept", MediaType.OCI_INDEX);
    private static final Pattern NEXT = Pattern.compile("<([^>]*)>\\s*;\\s*rel=\"?next\"?");

    private final RegistryHost host;
    private final ImageReference image;
    private final RegistryCaller caller;

    ReferrersEndpoint(RegistryHost host, ImageReference image, RegistryCaller caller) {
        this.host = host;
        this.image = image;
        this.caller = caller;
    }

    /** What a host lists; empty when it keeps no account of it. */
    Optional<List<Referrer>> list(Digest subject) {
        List<Referrer> referrers = new ArrayList<>();
        Optional<URI> url = Optional.of(host.url(image.repository(), "/referrers/" + subject));
        for (int pages = 0; url.isPresent() && pages < MAX_PAGES; pages++) {
            Page page;
            try {
                page = page(url.get(), subject);
            } catch (NotFoundException | UnknownException | PermissionDeniedException e) {
                if (pages == 0) {
                    return Optional.empty();
                }
                throw e;
            }
            referrers.addAll(listed(page.index));
            url = referrers.size() < MAX_REFERRERS ? page.next : Optional.empty();
        }
        return Optional.of(first(referrers));
    }

    /**
     * What an index lists.
     *
     * @throws InvalidImageException when it is none
     */
    static List<Referrer> listed(Document document) {
        return switch (document) {
            case Index index ->
                    first(
                            index.entries().stream()
                                    .map(e -> new Referrer(e.descriptor(), e.artifactType()))
                                    .toList());
            case Manifest _ ->
                    throw new InvalidImageException("list of referrers is a manifest, no index");
        };
    }

    private static List<Referrer> first(List<Referrer> referrers) {
        return referrers.subList(0, Math.min(referrers.size(), MAX_REFERRERS));
    }

    private record Page(Document index, Optional<URI> next) {}

    private Page page(URI url, Digest subject) {
        String what = "list of referrers of " + image.name() + "@" + subject;
        Transport.Request request = new Transport.Request("GET", url, ACCEPT, host.headers(), null);
        return caller.call(
                request,
                what,
                answer -> {
                    Document index = Document.parse(what, MediaType.OCI_INDEX, read(answer, what));
                    return new Page(index, next(url, answer));
                });
    }

    private static byte[] read(Transport.Answer answer, String what) throws IOException {
        byte[] bytes = answer.body().readNBytes(Document.MAX_BYTES + 1);
        if (bytes.length > Document.MAX_BYTES) {
            throw new InvalidImageException(
                    what + " is larger than " + Document.MAX_BYTES + " bytes");
        }
        return bytes;
    }

    /** A host has no say in where its proof of who we are goes. */
    private Optional<URI> next(URI from, Transport.Answer answer) {
        Matcher link = NEXT.matcher(answer.header("Link"));
        if (!link.find()) {
            return Optional.empty();
        }
        try {
            URI next = from.resolve(link.group(1));
            if (next.getHost() != null && Transport.sameOrigin(from, next)) {
                return Optional.of(next);
            }
        } catch (IllegalArgumentException e) {
            throw new InvalidArgumentException(
                    "registry " + host.name() + " links a list of referrers to no URL", e);
        }
        throw new DataLossException(
                "registry " + host.name() + " links a list of referrers to another host");
    }
}
