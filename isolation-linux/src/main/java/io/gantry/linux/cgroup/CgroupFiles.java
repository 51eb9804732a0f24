package io.gantry.linux.cgroup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;

/** Reading and writing single files of control groups. */
final class CgroupFiles {

    private CgroupFiles() {}

    /**
     * Writes a value by one write(2), as the kernel wants it.
     *
     * @throws NoSuchFileException when there is no such file
     * @throws IOException naming value, file and the kernel's reason
     */
    static void write(Path file, String value) throws IOException {
        try {
            // Without CREATE: a file that is missing must answer ENOENT, not EPERM.
            Files.write(file, value.getBytes(StandardCharsets.UTF_8), StandardOpenOption.WRITE);
        } catch (NoSuchFileException e) {
            throw e;
        } catch (IOException e) {
            requirePresent(file, e);
            throw new IOException("write \"" + value + "\" to " + file + ": " + reason(e), e);
        }
    }

    static String read(Path file) throws IOException {
        try {
            return Files.readString(file).strip();
        } catch (NoSuchFileException e) {
            throw e;
        } catch (IOException e) {
            requirePresent(file, e);
            throw new IOException("read " + file + ": " + reason(e), e);
        }
    }

    /** A file whose group is removed once it is open answers ENODEV to all that follows. */
    private static void requirePresent(Path file, IOException failure) throws NoSuchFileException {
        if (Files.notExists(file)) {
            NoSuchFileException gone = new NoSuchFileException(file.toString());
            gone.initCause(failure);
            throw gone;
        }
    }

    /** The words of a file as cgroup.controllers. */
    static List<String> words(Path file) throws IOException {
        return Arrays.stream(read(file).split("\\s+")).filter(word -> !word.isEmpty()).toList();
    }

    /** A value of a file of lines "key value"; 0 where the key or the file is missing. */
    static long keyed(Path file, String key) throws IOException {
        try {
            return read(file)
                    .lines()
                    .map(line -> line.split(" ", -1))
                    .filter(fields -> fields.length == 2 && fields[0].equals(key))
                    .mapToLong(fields -> Long.parseLong(fields[1]))
                    .sum();
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    /** What went wrong, without the file's name. */
    static String reason(IOException e) {
        String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
        return reason == null ? e.getClass().getSimpleName() : reason;
    }
}
