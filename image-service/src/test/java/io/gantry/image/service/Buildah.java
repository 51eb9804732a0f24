package io.gantry.image.service;

import io.gantry.base.error.FailedPreconditionException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Debian's buildah, with a store of its own. */
final class Buildah {

    private final Path directory;
    private int number;

    Buildah(Path directory) {
        this.directory = directory;
    }

    /** Builds a row into one layer. */
    BuiltTree build(RuleRow row, Path context) throws IOException {
        int own = ++number;
        Path file = directory.resolve("Dockerfile");
        Files.writeString(file, row.dockerfile());
        List<String> words = new ArrayList<>(List.of("build", "--isolation", "chroot"));
        words.addAll(List.of("--layers=false", "--format", "docker", "-q", "-t", "row" + own));
        for (String option : row.options()) {
            String[] parts = option.split(" ", 2);
            words.add(parts[0].equals("arg") ? "--build-arg" : "--" + parts[0]);
            words.add(parts[1]);
        }
        words.addAll(List.of("-f", file.toString(), context.toString()));
        run(words);
        Path image = directory.resolve("image" + own);
        run(List.of("push", "-q", "--format", "v2s2", "row" + own, "dir:" + image));
        return BuiltTree.ofDirectory(image);
    }

    private void run(List<String> words) throws IOException {
        List<String> command = new ArrayList<>(List.of("buildah"));
        command.addAll(List.of("--root", directory.resolve("root").toString()));
        command.addAll(List.of("--runroot", directory.resolve("run").toString()));
        command.addAll(List.of("--storage-driver", "vfs"));
        command.addAll(words);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new FailedPreconditionException(said.strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
