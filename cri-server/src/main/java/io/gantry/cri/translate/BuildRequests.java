package io.gantry.cri.translate;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.ResourceExhaustedException;
import io.gantry.cri.build.ContextEntry;
import io.gantry.image.build.api.BuildCache;
import io.gantry.image.build.api.BuildRequest;
import io.gantry.image.build.api.CacheFrom;
import io.gantry.image.build.api.CacheTo;
import io.gantry.image.build.api.ImageOptions;
import io.gantry.image.build.api.RunOptions;
import io.gantry.image.build.dockerfile.Instruction.Network;
import io.gantry.image.build.ignore.IgnoreRules;
import io.gantry.image.manifest.Platform;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Credentials;
import io.gantry.linux.spec.Process.Rlimit;
import io.gantry.linux.spec.Resources;
import io.gantry.proto.build.Answer;
import io.gantry.proto.build.Entry;
import io.gantry.proto.build.Ignore;
import io.gantry.proto.build.Open;
import io.gantry.proto.build.PruneCacheRequest;
import io.gantry.proto.build.Ulimit;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What clients of builds ask for. */
public final class BuildRequests {

    private static final int MAX_DOCKERFILE = 4 << 20;

    private static final Set<String> LIMITS =
            Set.of(
                    "as",
                    "core",
                    "cpu",
                    "data",
                    "fsize",
                    "locks",
                    "memlock",
                    "msgqueue",
                    "nice",
                    "nofile",
                    "nproc",
                    "rss",
                    "rtprio",
                    "rttime",
                    "sigpending",
                    "stack");

    private BuildRequests() {}

    /**
     * What is to be built.
     *
     * @throws InvalidArgumentException naming the field that is wrong
     */
    public static BuildRequest toDomain(Open open) {
        if (open.getDockerfile().length() > MAX_DOCKERFILE) {
            throw new ResourceExhaustedException(
                    "the Dockerfile is longer than " + MAX_DOCKERFILE + " bytes");
        }
        String name = open.getDockerfileName().isEmpty() ? "Dockerfile" : open.getDockerfileName();
        return new BuildRequest(
                new BuildRequest.File(name, open.getDockerfile(), ignored(open.getIgnore())),
                open.getTarget().isEmpty() ? Optional.empty() : Optional.of(open.getTarget()),
                open.getBuildArgsMap(),
                platforms(open.getPlatformsList()),
                image(open.getImage()),
                new BuildRequest.CacheOptions(
                        open.getNoCache(),
                        Set.copyOf(open.getNoCacheStagesList()),
                        open.getPull(),
                        open.getCacheFromList().stream().map(BuildRequests::from).toList(),
                        cacheTo(open)),
                run(open.getRun(), open.getBuildArgsOrDefault("BUILDKIT_SANDBOX_HOSTNAME", "")));
    }

    private static CacheFrom from(io.gantry.proto.build.CacheFrom proto) {
        return switch (proto.getFromCase()) {
            case REGISTRY ->
                    new CacheFrom.Registry(
                            ImageRequests.reference("cache_from", proto.getRegistry()));
            case CONTEXT -> new CacheFrom.Directory(proto.getContext());
            case FROM_NOT_SET ->
                    throw new InvalidArgumentException("cache_from names nothing that is known");
        };
    }

    private static List<CacheTo> cacheTo(Open open) {
        List<CacheTo> all = new ArrayList<>();
        for (io.gantry.proto.build.CacheTo each : open.getCacheToList()) {
            all.add(
                    switch (each.getToCase()) {
                        case REGISTRY ->
                                new CacheTo.Registry(
                                        ImageRequests.reference("cache_to", each.getRegistry()),
                                        each.getAll());
                        case INLINE -> new CacheTo.Inline();
                        case ARCHIVE -> new CacheTo.Archive(each.getAll());
                        case TO_NOT_SET ->
                                throw new InvalidArgumentException(
                                        "cache_to names nothing that is known");
                    });
        }
        if (open.getBuildArgsOrDefault("BUILDKIT_INLINE_CACHE", "").matches("1|true")) {
            all.add(new CacheTo.Inline());
        }
        return all;
    }

    private static IgnoreRules ignored(Ignore proto) {
        if (proto.getText().length() > MAX_DOCKERFILE) {
            throw new ResourceExhaustedException(
                    "the ignore file is longer than " + MAX_DOCKERFILE + " bytes");
        }
        return IgnoreRules.parse(proto.getName(), proto.getText());
    }

    private static List<Platform> platforms(List<String> texts) {
        List<Platform> platforms = new ArrayList<>();
        for (String text : texts) {
            platforms.add(ImageRequests.platform(text));
        }
        return platforms;
    }

    private static ImageOptions image(io.gantry.proto.build.ImageOptions proto) {
        List<ImageReference> names = new ArrayList<>();
        for (String name : proto.getNamesList()) {
            names.add(ImageRequests.reference("names", name));
        }
        ImageOptions.Algorithm algorithm =
                switch (proto.getCompression()) {
                    case COMPRESSION_GZIP -> ImageOptions.Algorithm.GZIP;
                    case COMPRESSION_NONE -> ImageOptions.Algorithm.NONE;
                    case COMPRESSION_ZSTD -> ImageOptions.Algorithm.ZSTD;
                    case UNRECOGNIZED -> throw new InvalidArgumentException("compression unknown");
                };
        Optional<Integer> level =
                proto.hasCompressionLevel()
                        ? Optional.of(proto.getCompressionLevel())
                        : Optional.empty();
        return new ImageOptions(
                names,
                proto.getLabelsMap(),
                proto.getAnnotationsMap(),
                proto.getDockerMediaTypes() ? ImageOptions.Format.DOCKER : ImageOptions.Format.OCI,
                new ImageOptions.Packing(algorithm, level),
                proto.hasSourceDate()
                        ? Optional.of(Instant.ofEpochSecond(proto.getSourceDate()))
                        : Optional.empty(),
                proto.getRewriteTimes(),
                new ImageOptions.Attest(
                        proto.getSbom(),
                        switch (proto.getProvenance()) {
                            case PROVENANCE_NONE -> ImageOptions.Provenance.NONE;
                            case PROVENANCE_MIN -> ImageOptions.Provenance.MIN;
                            case PROVENANCE_MAX -> ImageOptions.Provenance.MAX;
                            case UNRECOGNIZED ->
                                    throw new InvalidArgumentException("provenance is unknown");
                        }));
    }

    private static RunOptions run(io.gantry.proto.build.RunOptions proto, String hostname) {
        EnumSet<RunOptions.Entitlement> entitlements = EnumSet.noneOf(RunOptions.Entitlement.class);
        if (proto.getAllowHostNetwork()) {
            entitlements.add(RunOptions.Entitlement.NETWORK_HOST);
        }
        if (proto.getAllowInsecure()) {
            entitlements.add(RunOptions.Entitlement.SECURITY_INSECURE);
        }
        return new RunOptions(
                network(proto.getNetwork()),
                proto.getHostsMap(),
                proto.getHostname().isEmpty() ? hostname : proto.getHostname(),
                proto.getSharedMemoryBytes(),
                proto.getUlimitsList().stream().map(BuildRequests::rlimit).toList(),
                resources(proto),
                "",
                entitlements);
    }

    private static Network network(io.gantry.proto.build.Network proto) {
        return switch (proto) {
            case NETWORK_DEFAULT -> Network.DEFAULT;
            case NETWORK_NONE -> Network.NONE;
            case NETWORK_HOST -> Network.HOST;
            case UNRECOGNIZED -> throw new InvalidArgumentException("network is unknown");
        };
    }

    private static Rlimit rlimit(Ulimit proto) {
        if (!LIMITS.contains(proto.getName())) {
            throw Fields.invalid("ulimits", proto.getName(), "there is no such limit");
        }
        String type = "RLIMIT_" + proto.getName().toUpperCase(Locale.ROOT);
        return new Rlimit(type, proto.getSoft(), proto.getHard());
    }

    private static Resources resources(io.gantry.proto.build.RunOptions proto) {
        long swap =
                proto.getMemorySwapBytes() == 0
                        ? proto.getMemoryBytes()
                        : proto.getMemorySwapBytes();
        return new Resources(
                List.of(),
                given(proto.getCpuShares()),
                given(proto.getCpuQuota()),
                given(proto.getCpuPeriod()),
                proto.getCpusetCpus(),
                proto.getCpusetMems(),
                given(proto.getMemoryBytes()),
                given(swap),
                null,
                null,
                Map.of(),
                Map.of());
    }

    private static @Nullable Long given(long value) {
        return value == 0 ? null : Long.valueOf(value);
    }

    /** An entry of a context. */
    public static ContextEntry toDomain(Entry proto) {
        return new ContextEntry(
                proto.getPath(),
                proto.getMode(),
                proto.getSize(),
                proto.getModifiedAt(),
                proto.getLink(),
                proto.getRdev(),
                proto.getChangedAt(),
                proto.getInode(),
                proto.getUnsettled());
    }

    /** What a client proves itself with to the registry of an image. */
    public static Credentials login(ImageReference reference, Answer proto) {
        return proto.getFound()
                ? new Credentials(
                        proto.getUsername(),
                        proto.getPassword(),
                        proto.getIdentityToken(),
                        proto.getRegistryToken(),
                        reference.registry())
                : Credentials.ANONYMOUS;
    }

    /** What of the cache is to go. */
    public static BuildCache.PruneOrder toDomain(PruneCacheRequest proto) {
        return new BuildCache.PruneOrder(
                proto.getAll(), ImageRequests.moment(proto.getUnusedSince()), proto.getKeepBytes());
    }
}
