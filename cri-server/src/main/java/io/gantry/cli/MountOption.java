package io.gantry.cli;

import io.gantry.proto.engine.Mount;
import java.nio.file.Path;

/** Reads {@code -v SOURCE:TARGET[:ro|rw]}. */
final class MountOption {

    private MountOption() {}

    /**
     * A mount of a host path.
     *
     * @param directory what a relative source is relative to
     */
    static Mount parse(String text, Path directory) {
        String[] parts = text.split(":", -1);
        if (parts.length < 2 || parts.length > 3 || parts[0].isEmpty()) {
            throw new UsageException("-v: '" + text + "' is not SOURCE:TARGET[:ro|rw]");
        }
        if (!parts[1].startsWith("/")) {
            throw new UsageException("-v: target '" + parts[1] + "' is not an absolute path");
        }
        boolean readonly = parts.length == 3 && readonly(text, parts[2]);
        return Mount.newBuilder()
                .setSource(source(parts[0], directory))
                .setTarget(parts[1])
                .setReadonly(readonly)
                .build();
    }

    private static String source(String source, Path directory) {
        if (!source.startsWith("/") && !source.startsWith(".")) {
            throw new UsageException(
                    "-v: named volumes are not there yet; '"
                            + source
                            + "' must be a path: write ./"
                            + source
                            + " for one in this directory");
        }
        return directory.resolve(source).toAbsolutePath().normalize().toString();
    }

    private static boolean readonly(String text, String mode) {
        return switch (mode) {
            case "ro" -> true;
            case "rw" -> false;
            default -> throw new UsageException("-v: '" + text + "': mode is ro or rw");
        };
    }
}
