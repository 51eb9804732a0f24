package io.gantry.linux.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * Reads numbers out of a group's directory. A file that is not there counts nothing: kernels differ
 * in what they count.
 *
 * @param directory empty: the controller is not there at all
 */
record Counters(Optional<Path> directory) {

    /** What version 1 has for no limit: the largest number of pages, in bytes. */
    private static final long NO_LIMIT = Long.MAX_VALUE >> 12 << 12;

    /** The number in a file; zero where there is none. */
    long number(String file) throws IOException {
        return limit(file).orElse(0);
    }

    /** The limit in a file; empty when there is none. */
    OptionalLong limit(String file) throws IOException {
        String text = text(file).orElse("max");
        if (text.equals("max")) {
            return OptionalLong.empty();
        }
        long value = Long.parseLong(text);
        return value >= NO_LIMIT ? OptionalLong.empty() : OptionalLong.of(value);
    }

    /** The numbers of a file of lines "key value". */
    Map<String, Long> table(String file) throws IOException {
        Map<String, Long> table = new HashMap<>();
        text(file)
                .orElse("")
                .lines()
                .forEach(
                        line -> {
                            int space = line.indexOf(' ');
                            if (space > 0 && line.indexOf(' ', space + 1) < 0) {
                                table.put(
                                        line.substring(0, space),
                                        Long.parseLong(line.substring(space + 1)));
                            }
                        });
        return table;
    }

    /** The lines of a file; none where there is none. */
    List<String> lines(String file) throws IOException {
        return text(file).orElse("").lines().toList();
    }

    /** The names of files that begin and end so, in order. */
    List<String> files(String begin, String end) throws IOException {
        if (directory.isEmpty()) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory.get())) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.startsWith(begin) && name.endsWith(end))
                    .sorted()
                    .toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    /** The pressure in a file; empty where the kernel does not tell. */
    Optional<Pressure> pressure(String file) {
        try {
            return text(file).map(Pressure::parse);
        } catch (IOException e) {
            // Switched off by psi=0 or cgroup.pressure: then reading answers EOPNOTSUPP.
            return Optional.empty();
        }
    }

    private Optional<String> text(String file) throws IOException {
        if (directory.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(CgroupFiles.read(directory.get().resolve(file)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }
}
