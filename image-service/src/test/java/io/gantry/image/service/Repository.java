package io.gantry.image.service;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A git repository with a working tree, in which things are committed. */
final class Repository {

    final Path tree;

    Repository(Path tree) throws IOException {
        this.tree = Files.createDirectories(tree);
        git("init", "-q", "--template=", "--initial-branch=main");
    }

    /** Writes a file and commits it; returns the id of the commit. */
    String commit(String name, String content) throws IOException {
        Path file = tree.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
        git("add", "-A");
        git("commit", "-q", "-m", "a change");
        return git("rev-parse", "HEAD");
    }

    String git(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("git", "-c", "user.name=somebody"));
        command.addAll(List.of("-c", "user.email=somebody@localhost"));
        command.addAll(List.of("-c", "protocol.file.allow=always"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(tree.toFile()).redirectErrorStream(true);
        Map<String, String> environment = builder.environment();
        environment.put("GIT_CONFIG_NOSYSTEM", "1");
        environment.put("GIT_CONFIG_GLOBAL", "/dev/null");
        environment.put("GIT_AUTHOR_DATE", "1600000000 +0000");
        environment.put("GIT_COMMITTER_DATE", "1600000000 +0000");
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException(command + " failed: " + said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        return said.strip();
    }
}
