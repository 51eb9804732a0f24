package io.gantry.cli;

import io.gantry.proto.build.ImageOptions;
import io.gantry.proto.build.Open;
import io.gantry.proto.build.Provenance;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What is built, and how its image is written. */
final class BuildOptions {

    /** Counts in the environment as well, as of other tools whose results can be reproduced. */
    private static final String SOURCE_DATE = "SOURCE_DATE_EPOCH";

    @Option(
            names = {"-t", "--tag"},
            paramLabel = "NAME[:TAG]",
            description = "A name of the image; may be repeated.")
    private List<String> names = List.of();

    @Option(
            names = "--build-arg",
            paramLabel = "NAME[=VALUE]",
            description = "An ARG; without a value, that of this environment.")
    private List<String> arguments = List.of();

    @Option(
            names = "--target",
            paramLabel = "STAGE",
            description = "Build this stage instead of the last.")
    private String target = "";

    @Option(names = "--no-cache", description = "Use no results of earlier builds.")
    private boolean noCache;

    @Option(
            names = "--no-cache-filter",
            paramLabel = "STAGE",
            split = ",",
            description = "Use none in these stages.")
    private List<String> noCacheStages = List.of();

    @Option(names = "--pull", description = "Ask registries also for base images that are here.")
    private boolean pull;

    @Option(names = "--label", paramLabel = "KEY=VALUE", description = "A label of the image.")
    private List<String> labels = List.of();

    @Option(
            names = "--annotation",
            paramLabel = "KEY=VALUE",
            description = "An annotation of its manifest.")
    private List<String> annotations = List.of();

    @Option(
            names = "--platform",
            paramLabel = "OS/ARCH",
            split = ",",
            description = "What the image is for; of several, an index is made.")
    private List<String> platforms = List.of();

    @Option(
            names = "--check",
            description = "Build nothing; only look for what is hardly meant. Exits with 1 then.")
    private boolean check;

    @Option(
            names = "--sbom",
            arity = "0..1",
            fallbackValue = "true",
            paramLabel = "true|false",
            description = "Attest what packages are in the image, as SPDX.")
    private boolean sbom;

    @Option(
            names = "--provenance",
            arity = "0..1",
            fallbackValue = "true",
            paramLabel = "mode=min|max",
            description =
                    "Attest how the image was made, as SLSA; with mode=max also the Dockerfile and"
                            + " the build arguments.")
    private String provenance = "false";

    @Option(
            names = "--attest",
            paramLabel = "type=sbom|provenance",
            description = "The same as --sbom and --provenance.")
    private List<String> attest = List.of();

    @Mixin private final BuildCaches caches = new BuildCaches();

    /** Where results come from and go to. */
    BuildCaches caches() {
        return caches;
    }

    boolean isCheck() {
        return check;
    }

    void apply(Open.Builder open, Map<String, String> environment) {
        arguments.forEach(each -> argument(each, environment, open));
        String date = environment.getOrDefault(SOURCE_DATE, "");
        if (!date.isEmpty() && !open.containsBuildArgs(SOURCE_DATE)) {
            open.putBuildArgs(SOURCE_DATE, date);
        }
        ImageOptions.Builder image = open.getImageBuilder().addAllNames(names);
        labels.forEach(each -> pair("--label", each, image::putLabels));
        annotations.forEach(each -> pair("--annotation", each, image::putAnnotations));
        image.setSbom(sbom || attest.contains("type=sbom")).setProvenance(provenance());
        open.setTarget(target)
                .setNoCache(noCache)
                .addAllNoCacheStages(noCacheStages)
                .setPull(pull)
                .addAllPlatforms(platforms)
                .setCheck(check);
    }

    private Provenance provenance() {
        Provenance mode = provenance("--provenance", provenance);
        for (String each : attest) {
            if (each.equals("type=provenance") || each.startsWith("type=provenance,")) {
                mode =
                        provenance(
                                "--attest",
                                each.equals("type=provenance") ? "true" : each.substring(16));
            } else if (!each.equals("type=sbom")) {
                throw new UsageException(
                        "--attest: '" + each + "' is not type=sbom or type=provenance[,mode=…]");
            }
        }
        return mode;
    }

    private static Provenance provenance(String option, String text) {
        return switch (text) {
            case "false" -> Provenance.PROVENANCE_NONE;
            case "true", "mode=min" -> Provenance.PROVENANCE_MIN;
            case "mode=max" -> Provenance.PROVENANCE_MAX;
            default ->
                    throw new UsageException(
                            option + ": '" + text + "' is not true, false, mode=min or mode=max");
        };
    }

    private static void argument(String text, Map<String, String> environment, Open.Builder open) {
        int equals = text.indexOf('=');
        String name = equals < 0 ? text : text.substring(0, equals);
        if (name.isEmpty()) {
            throw new UsageException("--build-arg: '" + text + "' has no name");
        }
        String value = equals < 0 ? environment.get(name) : text.substring(equals + 1);
        if (value != null) {
            open.putBuildArgs(name, value);
        }
    }

    static void pair(String option, String text, BiConsumer<String, String> target) {
        int equals = text.indexOf('=');
        String key = equals < 0 ? text : text.substring(0, equals);
        if (key.isEmpty()) {
            throw new UsageException(option + ": '" + text + "' has no key");
        }
        target.accept(key, equals < 0 ? "" : text.substring(equals + 1));
    }
}
