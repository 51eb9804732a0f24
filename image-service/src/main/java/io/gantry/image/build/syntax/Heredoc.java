package io.gantry.image.build.syntax;

import java.util.regex.Pattern;

/**
 * A document within an instruction, {@code <<WORD} and the lines up to {@code WORD}.
 *
 * @param name the word, which ends the document and names the file
 * @param descriptor the number before the mark; 0 when there is none
 * @param expands whether variables in it are expanded: no part of the word was quoted
 * @param stripsTabs {@code <<-}: tabs that begin a line are no part of it
 * @param content the lines as they stand
 */
public record Heredoc(
        String name, long descriptor, boolean expands, boolean stripsTabs, String content) {

    private static final Pattern LEADING_TABS = Pattern.compile("(?m)^\\t++");

    /** What the document says: its lines, without leading tabs where these do not count. */
    public String body() {
        return stripsTabs ? LEADING_TABS.matcher(content).replaceAll("") : content;
    }

    Heredoc withContent(String lines) {
        return new Heredoc(name, descriptor, expands, stripsTabs, lines);
    }

    /** Whether a line, without its end, ends the document. */
    boolean isEndedBy(String line) {
        int start = 0;
        while (stripsTabs && start < line.length() && line.charAt(start) == '\t') {
            start++;
        }
        int end = line.length();
        while (end > start && line.charAt(end - 1) == '\r') {
            end--;
        }
        return end - start == name.length() && line.startsWith(name, start);
    }
}
