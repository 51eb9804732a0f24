package io.gantry.image.service;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A row of the tables of rules: what is built, and what has to come of it. In the files
 *
 * <pre>
 * [1.6.37] a title
 * ? arg NAME=VALUE
 * &lt; path 640 = content
 *   FROM scratch
 * &gt; 0: f 640 0:0 path = content
 * </pre>
 *
 * <p>lines with a question mark are options of the build, {@code <} files of the context, two
 * blanks the Dockerfile, {@code >} what is expected. {@code {BOM} {CR} {TAB} {SP} {NUL}} stand for
 * these characters, {@code {NONE}} for none.
 */
record RuleRow(
        String rule,
        String title,
        List<String> options,
        List<String> context,
        String dockerfile,
        List<String> expected) {

    /** Reads a file of rows. */
    static List<RuleRow> parse(List<String> lines) {
        List<RuleRow> rows = new ArrayList<>();
        List<String> options = new ArrayList<>();
        List<String> context = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        StringBuilder dockerfile = new StringBuilder();
        String head = "";
        List<String> all = new ArrayList<>(lines);
        all.add("[");
        for (String line : all) {
            if (line.startsWith("[")) {
                if (!head.isEmpty()) {
                    rows.add(row(head, options, context, dockerfile.toString(), expected));
                }
                head = line;
                options.clear();
                context.clear();
                expected.clear();
                dockerfile.setLength(0);
            } else if (line.startsWith("? ")) {
                options.add(line.substring(2));
            } else if (line.startsWith("< ")) {
                context.add(characters(line.substring(2)));
            } else if (line.startsWith("> ")) {
                expected.add(characters(line.substring(2)));
            } else if (line.startsWith("  ")) {
                dockerfile.append(characters(line.substring(2))).append('\n');
            } else if (!line.isBlank() && !line.startsWith("#")) {
                throw new IllegalArgumentException("no line of a row: " + line);
            }
        }
        return rows;
    }

    private static RuleRow row(
            String head,
            List<String> options,
            List<String> context,
            String dockerfile,
            List<String> expected) {
        int end = head.indexOf(']');
        return new RuleRow(
                head.substring(1, end),
                head.substring(end + 1).strip(),
                List.copyOf(options),
                List.copyOf(context),
                dockerfile,
                List.copyOf(expected));
    }

    private static String characters(String text) {
        return text.replace("{BOM}", "\ufeff")
                .replace("{CR}", "\r")
                .replace("{TAB}", "\t")
                .replace("{SP}", " ")
                .replace("{NONE}", "")
                .replace("{NUL}", "\0");
    }

    /** Whether any builder could make it of what it brings along, without executing anything. */
    boolean executesNothing() {
        String text = dockerfile.toUpperCase(Locale.ROOT);
        return expected.stream().noneMatch(it -> it.startsWith("error "))
                && options.stream()
                        .allMatch(it -> it.startsWith("arg ") || it.startsWith("target "))
                && !dockerfile.contains("=base")
                && !dockerfile.contains("FROM base\n")
                && !text.contains("RUN ");
    }

    @Override
    public String toString() {
        return rule + " " + title;
    }
}
