package io.gantry.image.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a registry says of its refusal: the error document of the distribution specification, or
 * whatever text stands in its place. Bounded, and free of what could mar a log line.
 */
final class ErrorBody {

    private static final int MAX_BYTES = 64 * 1024;
    private static final int MAX_TEXT = 300;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private ErrorBody() {}

    /**
     * What a registry said.
     *
     * @param codes of the error document, in upper case, as DENIED; may be empty
     * @param text the status, and what the registry said beside it
     */
    record Said(int status, List<String> codes, String text) {

        boolean has(String code) {
            return codes.contains(code);
        }
    }

    /**
     * Reads the body of an answer, which also frees its connection for the next request; yields the
     * status when there is nothing better.
     */
    static Said read(Transport.Answer answer) {
        String status = "status " + answer.status();
        byte[] bytes;
        try {
            bytes = answer.body().readNBytes(MAX_BYTES);
        } catch (IOException e) {
            return new Said(answer.status(), List.of(), status);
        }
        String text = printable(textOf(bytes));
        return new Said(
                answer.status(), codesOf(bytes), text.isEmpty() ? status : status + ": " + text);
    }

    /** The text of {@link #read}. */
    static String describe(Transport.Answer answer) {
        return read(answer).text();
    }

    static String printable(@Nullable String message) {
        String text = message == null ? "" : message;
        String clean = text.strip().replaceAll("[\\p{Cntrl}\\p{Cf}]+", " ");
        return clean.length() > MAX_TEXT ? clean.substring(0, MAX_TEXT) + "…" : clean;
    }

    private static List<String> codesOf(byte[] bytes) {
        List<String> codes = new ArrayList<>();
        try {
            for (JsonNode error : MAPPER.readTree(bytes).path("errors")) {
                codes.add(error.path("code").asText("").toUpperCase(Locale.ROOT));
            }
        } catch (IOException e) {
            // No error document, so no codes.
            return List.of();
        }
        return codes;
    }

    private static String textOf(byte[] bytes) {
        try {
            return textOf(MAPPER.readTree(bytes));
        } catch (IOException e) {
            String text = new String(bytes, StandardCharsets.UTF_8);
            return text.stripLeading().startsWith("<") ? "" : text;
        }
    }

    private static String textOf(JsonNode json) {
        List<String> texts = new ArrayList<>();
        for (JsonNode error : json.path("errors")) {
            String code = error.path("code").asText("").toLowerCase(Locale.ROOT);
            String message = error.path("message").asText("");
            texts.add(message.isEmpty() ? code : code + ": " + message);
        }
        if (!texts.isEmpty()) {
            return String.join("; ", texts);
        }
        // Token servers (Docker Hub's, and those that follow OAuth2) write one of these.
        for (String key : List.of("details", "error_description", "message", "error")) {
            String text = json.path(key).asText("");
            if (!text.isEmpty()) {
                return text;
            }
        }
        return "";
    }
}
