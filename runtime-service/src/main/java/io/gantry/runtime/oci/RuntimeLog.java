package io.gantry.runtime.oci;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What a runtime wrote to the file of {@code --log}: a JSON object a line. */
public final class RuntimeLog {

    /** More than one error is not looked for, and none is as long. */
    private static final int LONGEST = 1 << 16;

    private RuntimeLog() {}

    /** The last error in a log; empty when there is none or the log cannot be read. */
    public static Optional<String> lastError(Path log) {
        try (InputStream in = Files.newInputStream(log)) {
            return lastError(new String(in.readNBytes(LONGEST), StandardCharsets.UTF_8));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    static Optional<String> lastError(String text) {
        List<String> lines = text.lines().toList();
        for (String line : lines.reversed()) {
            Optional<String> message = error(line);
            if (message.isPresent()) {
                return message;
            }
        }
        return Optional.empty();
    }

    private static Optional<String> error(String line) {
        try {
            JsonNode entry = OciDocument.JSON.readTree(line);
            String level = entry.path("level").asText("error");
            String message = entry.path("msg").asText("").strip();
            boolean failure = level.equals("error") || level.equals("fatal");
            return failure && !message.isEmpty() ? Optional.of(message) : Optional.empty();
        } catch (JsonProcessingException e) {
            // A line of another format, or cut off.
            return Optional.empty();
        }
    }
}
