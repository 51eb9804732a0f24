package io.gantry.runtime.oci;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.gantry.base.error.InternalException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * The file that says which runtime a pod or container has, whatever the configuration says by now.
 */
public final class OciHandlerFile {

    private OciHandlerFile() {}

    /** Reads one. */
    public static OciHandler read(Path file) throws IOException {
        try {
            return OciDocument.JSON.readValue(Files.readAllBytes(file), OciHandler.class);
        } catch (JsonProcessingException e) {
            throw new IOException("read " + file + ": " + e.getOriginalMessage(), e);
        }
    }

    /** Writes one, whole or not at all. */
    public static void write(Path file, OciHandler handler) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.write(fresh, json(handler));
        Files.move(
                fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static byte[] json(OciHandler handler) {
        try {
            return OciDocument.JSON.writeValueAsBytes(handler);
        } catch (JsonProcessingException e) {
            throw new InternalException("write " + handler + ": " + e.getMessage(), e);
        }
    }
}
