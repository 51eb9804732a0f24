package io.gantry.e2e.powercut;

import io.gantry.e2e.harness.Texts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What was asked of the daemon and what it answered, line by line, in a file of the machine that
 * the user-mode kernel runs on: no cut takes a line back. Thread-safe for one writer process.
 */
final class Ledger {

    private final Path file;

    /** What has to be there after a cut. */
    enum Fate {
        /** Its pull was answered. */
        HERE,
        /** Its removal was answered, or it was never pulled. */
        GONE,
        /** Either: something was under way. */
        OPEN
    }

    Ledger(Path file) {
        this.file = file;
    }

    /** Adds a line and has it written out before it returns. */
    synchronized void add(String... words) {
        byte[] line = (String.join(" ", words) + "\n").getBytes(StandardCharsets.UTF_8);
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            ByteBuffer buffer = ByteBuffer.wrap(line);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<String> lines() {
        return Texts.read(file).lines().toList();
    }

    /** Whether exactly that was written. */
    boolean has(String line) {
        return lines().contains(line);
    }

    /** The fate of every image by its repository. */
    Map<String, Fate> fates(Collection<String> repositories) {
        Map<String, Fate> fates = new TreeMap<>();
        repositories.forEach(repository -> fates.put(repository, Fate.GONE));
        for (String line : lines()) {
            String[] words = line.split(" ", -1);
            switch (words[0]) {
                case "pull" -> fates.merge(words[1], Fate.OPEN, Ledger::unlessHere);
                case "pulled", "found" -> fates.put(words[1], Fate.HERE);
                case "remove" -> fates.merge(words[1], Fate.OPEN, Ledger::unlessGone);
                case "removed", "missing" -> fates.put(words[1], Fate.GONE);
                default -> {}
            }
        }
        return fates;
    }

    private static Fate unlessHere(Fate before, Fate open) {
        return before == Fate.HERE ? before : open;
    }

    private static Fate unlessGone(Fate before, Fate open) {
        return before == Fate.GONE ? before : open;
    }
}
