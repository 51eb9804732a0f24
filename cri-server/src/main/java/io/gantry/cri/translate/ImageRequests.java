package io.gantry.cri.translate;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.manifest.Platform;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Credentials;
import io.gantry.image.service.DiskAccounts.LabelMatch;
import io.gantry.image.service.DiskAccounts.PruneOrder;
import io.gantry.image.service.ImageArchives.Format;
import io.gantry.image.service.ImageArchives.LoadOrder;
import io.gantry.image.service.ImageArchives.SaveOrder;
import io.gantry.image.service.PullOrder;
import io.gantry.image.service.PushOrder;
import io.gantry.proto.image.ArchiveFormat;
import io.gantry.proto.image.Filter;
import io.gantry.proto.image.LoadRequest;
import io.gantry.proto.image.LoginRequest;
import io.gantry.proto.image.PruneRequest;
import io.gantry.proto.image.PullRequest;
import io.gantry.proto.image.PushRequest;
import io.gantry.proto.image.SaveRequest;
import io.gantry.proto.image.TagRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What clients of the images ask for. */
public final class ImageRequests {

    private static final int MIN_PARTS = 2;
    private static final int MAX_PARTS = 3;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private ImageRequests() {}

    /** What is to be pulled. */
    public static PullOrder toDomain(PullRequest request) {
        Platform platform =
                request.getPlatform().isEmpty() ? Platform.host() : platform(request.getPlatform());
        return new PullOrder(
                reference("reference", request.getReference()),
                platform,
                credentials(request.getCredentials()),
                PullOrder.Naming.REFERENCE);
    }

    /**
     * What is to be pushed.
     *
     * @param own platform of the image that is here
     */
    public static PushOrder toDomain(PushRequest request, ImageReference target, Platform own) {
        if (request.getAllPlatforms() && !request.getPlatform().isEmpty()) {
            throw Fields.invalid(
                    "platform", request.getPlatform(), "it excludes all_platforms, which is set");
        }
        @Nullable Platform platform = own;
        if (request.getAllPlatforms()) {
            platform = null;
        } else if (!request.getPlatform().isEmpty()) {
            platform = platform(request.getPlatform());
        }
        return new PushOrder(
                request.getImage(),
                List.of(target),
                platform,
                credentials(request.getCredentials()));
    }

    /** The names to give. */
    public static List<ImageReference> targets(TagRequest request) {
        if (request.getTargetsCount() == 0) {
            throw new InvalidArgumentException("targets are missing");
        }
        return request.getTargetsList().stream()
                .map(target -> reference("targets", target))
                .toList();
    }

    /** What to save. */
    public static SaveOrder toDomain(SaveRequest request) {
        Format format =
                switch (request.getFormat()) {
                    case ARCHIVE_FORMAT_DOCKER -> Format.DOCKER;
                    case ARCHIVE_FORMAT_OCI -> Format.OCI;
                    case UNRECOGNIZED ->
                            throw Fields.invalid(
                                    "format",
                                    request.getFormatValue(),
                                    "it must be one of "
                                            + List.of(
                                                    ArchiveFormat.ARCHIVE_FORMAT_DOCKER,
                                                    ArchiveFormat.ARCHIVE_FORMAT_OCI));
                };
        return new SaveOrder(request.getImagesList(), format);
    }

    /** How to load what follows. */
    public static LoadOrder toDomain(LoadRequest first) {
        return first.getReference().isEmpty()
                ? LoadOrder.asNamed()
                : new LoadOrder(Optional.of(reference("reference", first.getReference())));
    }

    /** What to remove. */
    public static PruneOrder toDomain(PruneRequest request) {
        Optional<Instant> until = Optional.empty();
        List<LabelMatch> labels = new ArrayList<>();
        List<LabelMatch> notLabels = new ArrayList<>();
        for (Filter filter : request.getFiltersList()) {
            switch (filter.getName()) {
                case "until" -> until = moment(number(filter));
                case "label" -> labels.add(LabelMatch.parse(filter.getValue()));
                case "label!" -> notLabels.add(LabelMatch.parse(filter.getValue()));
                default -> throw unknown(filter, "until, label or label!");
            }
        }
        return new PruneOrder(request.getAll(), until, labels, notLabels);
    }

    /**
     * A moment.
     *
     * @param nanos Unix nanoseconds; 0 for none
     */
    public static Optional<Instant> moment(long nanos) {
        return nanos == 0
                ? Optional.empty()
                : Optional.of(
                        Instant.ofEpochSecond(
                                Math.floorDiv(nanos, NANOS_PER_SECOND),
                                Math.floorMod(nanos, NANOS_PER_SECOND)));
    }

    /** A field that must be there. */
    public static String required(String field, String value) {
        return Fields.required(field, value);
    }

    static InvalidArgumentException unknown(Filter filter, String known) {
        return Fields.invalid("filter", filter.getName(), "it must be " + known);
    }

    /**
     * A reference as a user writes it.
     *
     * @throws io.gantry.base.error.InvalidArgumentException when it is none
     */
    public static ImageReference reference(String field, String text) {
        return ImageReference.parse(Fields.required(field, text));
    }

    /**
     * A platform as users write it.
     *
     * @param text {@code os/architecture} or {@code os/architecture/variant}
     */
    public static Platform platform(String text) {
        String[] parts = text.split("/", -1);
        boolean wellFormed =
                parts.length >= MIN_PARTS
                        && parts.length <= MAX_PARTS
                        && text.matches("[A-Za-z0-9_./-]+")
                        && !text.contains("//")
                        && !text.startsWith("/")
                        && !text.endsWith("/");
        if (!wellFormed) {
            throw Fields.invalid(
                    "platform", text, "it must be os/architecture[/variant], as linux/arm64");
        }
        return Platform.of(parts[0], parts[1], parts.length == MAX_PARTS ? parts[2] : "");
    }

    private static long number(Filter filter) {
        try {
            return Long.parseLong(filter.getValue());
        } catch (NumberFormatException e) {
            throw Fields.invalid(
                    "filter " + filter.getName(), filter.getValue(), "it must be Unix nanoseconds");
        }
    }

    /** The registry to log in to, as references have it. */
    public static String registry(LoginRequest request) {
        String registry = required("registry", request.getRegistry());
        if (registry.indexOf('/') >= 0) {
            throw Fields.invalid("registry", registry, "it is no host");
        }
        if (!reference("registry", registry + "/x").registry().equals(registry)) {
            throw Fields.invalid("registry", registry, "it is no host with a dot or a port");
        }
        return registry;
    }

    /** Whom to log in as. */
    public static Credentials credentials(LoginRequest request) {
        Credentials credentials = credentials(request.getCredentials());
        if (credentials.isAnonymous()) {
            throw new InvalidArgumentException("credentials are missing");
        }
        return credentials;
    }

    /** What a registry is told about who asks. */
    static Credentials credentials(io.gantry.proto.image.Credentials proto) {
        return new Credentials(
                proto.getUsername(),
                proto.getPassword(),
                proto.getIdentityToken(),
                proto.getRegistryToken(),
                proto.getServerAddress());
    }
}
