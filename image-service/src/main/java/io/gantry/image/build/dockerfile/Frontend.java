package io.gantry.image.build.dockerfile;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.image.build.source.Blanks;
import io.gantry.image.build.source.DockerfileException;
import io.gantry.image.build.source.SourceText;
import io.gantry.image.build.syntax.Directives;
import io.gantry.image.build.syntax.Directives.Directive;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which frontends the built-in one serves: Docker's own, whatever their version. */
final class Frontend {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern SERVED =
            Pattern.compile(
                    "(?:(?:index\\.)?docker\\.io/)?docker/dockerfile(?:-upstream)?"
                            + "(?::[\\w.-]++)?(?:@[a-z0-9]++:[a-f0-9]++)?|dockerfile\\.v0");

    /** How files of other languages name their frontend in their first line. */
    private static final Pattern FOREIGN =
            Pattern.compile("\\s*//\\s*syntax\\s*=\\s*(\\S+).*", Pattern.CASE_INSENSITIVE);

    private Frontend() {}

    /**
     * Checks what a file asks for.
     *
     * @param given what the build asks for in its place
     * @throws DockerfileException when another one would have to be fetched
     */
    static void check(Directives directives, SourceText source, Optional<String> given) {
        if (given.isPresent()) {
            check(given.get());
            return;
        }
        Optional<Directive> syntax = directives.syntax();
        if (syntax.isPresent()) {
            try {
                check(syntax.get().firstWord());
            } catch (DockerfileException e) {
                throw e.at(syntax.get().place(), source);
            }
        } else {
            foreign(source).ifPresent(Frontend::check);
        }
    }

    private static void check(String frontend) {
        if (!SERVED.matcher(frontend).matches()) {
            throw new DockerfileException(
                    "unsupported syntax \""
                            + frontend
                            + "\": the built-in frontend serves docker/dockerfile only");
        }
    }

    /** The frontend of a file that is in no Dockerfile's form. */
    private static Optional<String> foreign(SourceText source) {
        String first = source.lines().isEmpty() ? "" : source.line(1);
        Matcher comment = FOREIGN.matcher(first);
        if (comment.matches()) {
            return Optional.of(comment.group(1));
        }
        if (!first.stripLeading().startsWith("{")) {
            return Optional.empty();
        }
        try {
            String value =
                    JSON.readTree(String.join("\n", source.lines())).path("syntax").asText("");
            return value.isEmpty()
                    ? Optional.empty()
                    : Optional.of(value.substring(0, Blanks.next(value, 0)));
        } catch (JsonProcessingException _) {
            return Optional.empty();
        }
    }
}
