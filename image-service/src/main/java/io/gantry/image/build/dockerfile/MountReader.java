package io.gantry.image.build.dockerfile;

import io.gantry.image.build.dockerfile.RunMount.Owner;
import io.gantry.image.build.dockerfile.RunMount.Sharing;
import io.gantry.image.build.source.DockerfileException;
import io.gantry.image.build.source.Suggestion;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Reads the fields of one mount from left to right, so that those that belong to one type only have
 * to follow it.
 */
final class MountReader {

    private static final Set<String> TYPES = Set.of("bind", "cache", "tmpfs", "secret", "ssh");
    private static final Set<String> KEYS =
            Set.of(
                    "type",
                    "from",
                    "source",
                    "src",
                    "target",
                    "dst",
                    "destination",
                    "readonly",
                    "ro",
                    "readwrite",
                    "rw",
                    "id",
                    "sharing",
                    "required",
                    "size",
                    "mode",
                    "uid",
                    "gid",
                    "env");

    private final UnaryOperator<String> expand;
    private String type = "bind";
    private Optional<String> from = Optional.empty();
    private String source = "";
    private String target = "";
    private Optional<Boolean> readOnly = Optional.empty();
    private Optional<String> id = Optional.empty();
    private Optional<Sharing> sharing = Optional.empty();
    private Optional<String> env = Optional.empty();
    private boolean required;
    private long size;
    private Optional<Integer> mode = Optional.empty();
    private Optional<Long> uid = Optional.empty();
    private Optional<Long> gid = Optional.empty();

    MountReader(UnaryOperator<String> expand) {
        this.expand = expand;
    }

    RunMount read(List<String> fields) {
        fields.forEach(this::field);
        checkCombination();
        return switch (type) {
            case "cache" ->
                    new RunMount.Cache(
                            id,
                            target,
                            sharing.orElse(Sharing.SHARED),
                            readOnly.orElse(false),
                            from,
                            source,
                            owner(0755));
            case "tmpfs" -> new RunMount.Tmpfs(target, size);
            case "secret" -> secret();
            case "ssh" ->
                    new RunMount.Ssh(id.orElse("default"), optional(target), required, owner(0600));
            default -> new RunMount.Bind(from, source, target, readOnly.orElse(true));
        };
    }

    private void field(String field) {
        int equals = field.indexOf('=');
        String key = (equals < 0 ? field : field.substring(0, equals)).toLowerCase(Locale.ROOT);
        if (equals < 0) {
            switch (key) {
                case "readonly", "ro" -> readOnly = Optional.of(true);
                case "readwrite", "rw" -> readOnly = Optional.of(false);
                case "required" -> required(key, "true");
                default ->
                        throw new DockerfileException(
                                "invalid field '" + field + "' must be a key=value pair");
            }
            return;
        }
        String raw = field.substring(equals + 1);
        set(key, key.equals("from") ? raw : expand.apply(raw), field);
    }

    private void set(String key, String value, String field) {
        switch (key) {
            case "type" -> type = type(value);
            case "from" -> from = optional(value);
            case "source", "src" -> source = value;
            case "target", "dst", "destination" -> target = value;
            case "readonly", "ro" -> readOnly = Optional.of(bool(key, value));
            case "readwrite", "rw" -> readOnly = Optional.of(!bool(key, value));
            case "required" -> required(key, value);
            case "size" -> size = size(key, value);
            case "id" -> id = optional(value);
            case "sharing" -> sharing = Optional.of(sharing(value));
            case "mode" -> mode = Optional.of((int) number(key, value, 8));
            case "uid" -> uid = Optional.of(number(key, value, 10));
            case "gid" -> gid = Optional.of(number(key, value, 10));
            case "env" -> env = Optional.of(value);
            default ->
                    throw new DockerfileException(
                            "unexpected key '%s' in '%s'%s"
                                    .formatted(key, field, Suggestion.didYouMean(key, KEYS)));
        }
    }

    private void checkCombination() {
        boolean hasOwner = mode.isPresent() || uid.isPresent() || gid.isPresent();
        if (hasOwner && (type.equals("bind") || type.equals("tmpfs"))) {
            String key = mode.isPresent() ? "mode" : uid.isPresent() ? "uid" : "gid";
            throw new DockerfileException(key + " not allowed for \"" + type + "\" type mounts");
        }
        if (sharing.isPresent() && !type.equals("cache")) {
            throw new DockerfileException("sharing not allowed for \"" + type + "\" type mounts");
        }
        if (type.equals("ssh") && !source.isEmpty()) {
            throw new DockerfileException("ssh mount does not support source");
        }
        boolean needsTarget = type.equals("cache") || type.equals("tmpfs");
        if (needsTarget && target.isEmpty()) {
            throw new DockerfileException(type + " mount needs a target");
        }
        boolean isRoot = !target.isEmpty() && target.chars().allMatch(c -> c == '/');
        if (isRoot) {
            throw new DockerfileException("invalid mount target \"" + target + "\"");
        }
    }

    private RunMount.Secret secret() {
        if (from.isPresent()) {
            throw new DockerfileException("secret mount should not have a from");
        }
        if (!source.isEmpty() && id.isPresent()) {
            throw new DockerfileException("both source and id can't be set");
        }
        String name = source.isEmpty() ? id.orElse(lastPart(target)) : source;
        if (name.isEmpty()) {
            throw new DockerfileException("invalid secret mount. one of source, target required");
        }
        return new RunMount.Secret(
                name,
                optional(target),
                env.map(it -> it.isEmpty() ? name : it),
                required,
                owner(0400));
    }

    private void required(String key, String value) {
        if (!type.equals("secret") && !type.equals("ssh")) {
            throw unexpected(key);
        }
        required = bool(key, value);
    }

    private long size(String key, String value) {
        if (!type.equals("tmpfs")) {
            throw unexpected(key);
        }
        return ByteSize.parse(value)
                .orElseThrow(() -> new DockerfileException("invalid value for size: " + value));
    }

    private DockerfileException unexpected(String key) {
        return new DockerfileException(
                "unexpected key '" + key + "' for mount type '" + type + "'");
    }

    private static String type(String value) {
        String lower = value.toLowerCase(Locale.ROOT);
        if (!TYPES.contains(lower)) {
            throw new DockerfileException(
                    "unsupported mount type \""
                            + value
                            + "\""
                            + Suggestion.didYouMean(value, TYPES));
        }
        return lower;
    }

    private static Sharing sharing(String value) {
        Set<String> all = Set.of("shared", "private", "locked");
        String lower = value.toLowerCase(Locale.ROOT);
        if (!all.contains(lower)) {
            throw new DockerfileException(
                    "unsupported sharing value \""
                            + value
                            + "\""
                            + Suggestion.didYouMean(value, all));
        }
        return Sharing.valueOf(lower.toUpperCase(Locale.ROOT));
    }

    private static boolean bool(String key, String value) {
        return switch (value) {
            case "1", "t", "T", "TRUE", "true", "True" -> true;
            case "0", "f", "F", "FALSE", "false", "False" -> false;
            default -> throw new DockerfileException("invalid value for " + key + ": " + value);
        };
    }

    private static long number(String key, String value, int radix) {
        boolean digits =
                !value.isEmpty()
                        && value.length() <= 11
                        && value.chars().allMatch(c -> c >= '0' && c < '0' + radix);
        long number = digits ? Long.parseLong(value, radix) : Long.MAX_VALUE;
        if (number > (key.equals("mode") ? 07777L : 0xffff_ffffL)) {
            throw new DockerfileException("invalid value " + value + " for " + key);
        }
        return number;
    }

    private Owner owner(int defaultMode) {
        return new Owner(mode.orElse(defaultMode), uid.orElse(0L), gid.orElse(0L));
    }

    private static Optional<String> optional(String value) {
        return Optional.of(value).filter(it -> !it.isEmpty());
    }

    private static String lastPart(String path) {
        int end = path.length();
        while (end > 0 && path.charAt(end - 1) == '/') {
            end--;
        }
        return path.substring(path.lastIndexOf('/', end - 1) + 1, end);
    }
}
