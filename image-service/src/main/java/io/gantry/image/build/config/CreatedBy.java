package io.gantry.image.build.config;

import io.gantry.image.build.dockerfile.HealthcheckSpec;
import io.gantry.image.build.dockerfile.Transfer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** How the history of an image tells of instructions: in the words of Docker's builder. */
public final class CreatedBy {

    private static final String MARK = " # buildkit";

    private CreatedBy() {}

    /**
     * A command.
     *
     * @param arguments of the build that it saw
     * @param command with the shell before it
     */
    public static String run(Map<String, String> arguments, List<String> command) {
        List<String> words = new ArrayList<>();
        if (!arguments.isEmpty()) {
            words.add("|" + arguments.size());
            arguments.forEach((name, value) -> words.add(name + "=" + value));
        }
        words.addAll(command);
        return "RUN " + String.join(" ", words) + MARK;
    }

    /** COPY or ADD. */
    public static String transfer(String keyword, Transfer transfer) {
        StringBuilder text = new StringBuilder(keyword);
        transfer.chown().ifPresent(it -> text.append(" --chown=").append(it));
        transfer.chmod().ifPresent(it -> text.append(" --chmod=").append(it));
        if (transfer.link()) {
            text.append(" --link");
        }
        transfer.sources().forEach(it -> text.append(' ').append(it));
        transfer.documents().forEach(it -> text.append(" <<").append(it.name()));
        return text.append(' ').append(transfer.destination()).append(MARK).toString();
    }

    /** Pairs of ENV, LABEL or ARG. */
    public static String pairs(String keyword, Map<String, String> pairs) {
        return pairs.entrySet().stream()
                .map(it -> it.getKey() + "=" + it.getValue())
                .collect(Collectors.joining(" ", keyword + " ", ""));
    }

    /** CMD and ENTRYPOINT. */
    public static String command(String keyword, List<String> command) {
        return command.stream()
                .map(CreatedBy::quoted)
                .collect(Collectors.joining(" ", keyword + " [", "]"));
    }

    /** EXPOSE, VOLUME and SHELL. */
    public static String list(String keyword, List<String> words) {
        return keyword + " [" + String.join(" ", words) + "]";
    }

    /** HEALTHCHECK. */
    public static String healthcheck(HealthcheckSpec spec) {
        String test =
                spec.test().stream()
                        .map(CreatedBy::quoted)
                        .collect(Collectors.joining(" ", "[", "]"));
        return "HEALTHCHECK &{%s \"%s\" \"%s\" \"%s\" \"%s\" '\\x%02x'}"
                .formatted(
                        test,
                        duration(spec.interval()),
                        duration(spec.timeout()),
                        duration(spec.startPeriod()),
                        duration(spec.startInterval()),
                        spec.retries());
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\t' -> quoted.append("\\t");
                case '\r' -> quoted.append("\\r");
                default -> quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }

    /** As Go prints it. */
    private static String duration(Duration duration) {
        if (duration.isZero()) {
            return "0s";
        }
        StringBuilder text = new StringBuilder();
        if (duration.toHours() > 0) {
            text.append(duration.toHours()).append('h');
        }
        if (duration.toMinutes() > 0) {
            text.append(duration.toMinutesPart()).append('m');
        }
        String seconds =
                String.valueOf(duration.toSecondsPart() + duration.toMillisPart() / 1000.0);
        return text.append(seconds.endsWith(".0") ? seconds.replace(".0", "") : seconds)
                .append('s')
                .toString();
    }
}
