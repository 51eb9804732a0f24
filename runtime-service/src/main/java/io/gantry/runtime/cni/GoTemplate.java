package io.gantry.runtime.cni;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * As much of Go's text/template as templates of network configurations are written in: fields and
 * variables, {@code index}, {@code range}, {@code if}, {@code else}, comments, and the hyphens that
 * take white space away. Immutable.
 */
final class GoTemplate {

    /** What stands between braces, and a hyphen on either side of it. */
    private static final Pattern ACTION =
            Pattern.compile(
                    "(?<left>\\s*\\{\\{-(?=\\s)|\\{\\{)\\s*(?<text>/\\*.*?\\*/|.*?)\\s*"
                            + "(?<right>(?<=\\s)-\\}\\}\\s*|\\}\\})",
                    Pattern.DOTALL);

    private static final Pattern RANGE =
            Pattern.compile("range\\s+(?:(?:(\\$\\w+)\\s*,\\s*)?(\\$\\w+)\\s*:=\\s*)?(.+)");

    private final List<TemplateNode> nodes;

    private GoTemplate(List<TemplateNode> nodes) {
        this.nodes = nodes;
    }

    /**
     * Reads a template.
     *
     * @throws CniException naming the line and what is not understood there
     */
    static GoTemplate parse(String text) throws CniException {
        Parser parser = new Parser(tokens(text));
        List<TemplateNode> nodes = parser.block();
        Token rest = parser.peek();
        if (rest != null) {
            throw rest.wrong("it belongs to nothing");
        }
        return new GoTemplate(nodes);
    }

    /**
     * Fills it in.
     *
     * @param fields text or lists of text by name
     * @throws CniException naming what has no value
     */
    String expand(Map<String, Object> fields) throws CniException {
        StringBuilder out = new StringBuilder();
        TemplateNode.Scope scope =
                new TemplateNode.Scope(fields, fields, new HashMap<>(Map.of("$", fields)));
        for (TemplateNode node : nodes) {
            node.write(scope, out);
        }
        return out.toString();
    }

    /** Text, or an action without its braces; a comment is neither. */
    private record Token(boolean action, String text, int line) {

        CniException wrong(String why) {
            return new CniException("line " + line + ": {{" + text + "}}: " + why);
        }
    }

    private static List<Token> tokens(String text) throws CniException {
        List<Token> tokens = new ArrayList<>();
        Matcher action = ACTION.matcher(text);
        int end = 0;
        while (action.find()) {
            if (action.start() > end) {
                tokens.add(new Token(false, text.substring(end, action.start()), 0));
            }
            String inner = action.group("text");
            if (!inner.startsWith("/*")) {
                tokens.add(new Token(true, inner, lineOf(text, action.start("text"))));
            }
            end = action.end();
        }
        String rest = text.substring(end);
        if (rest.contains("{{")) {
            throw new CniException(
                    "line " + lineOf(text, end + rest.indexOf("{{")) + ": {{ without }}");
        }
        if (!rest.isEmpty()) {
            tokens.add(new Token(false, rest, 0));
        }
        return tokens;
    }

    private static int lineOf(String text, int offset) {
        return 1 + (int) text.substring(0, offset).chars().filter(each -> each == '\n').count();
    }

    /** Recursive descent over the tokens. */
    private static final class Parser {

        private final List<Token> tokens;
        private int next;

        Parser(List<Token> tokens) {
            this.tokens = tokens;
        }

        @Nullable Token peek() {
            return next < tokens.size() ? tokens.get(next) : null;
        }

        /** Up to what only an opening action knows the meaning of, or the end. */
        List<TemplateNode> block() throws CniException {
            List<TemplateNode> nodes = new ArrayList<>();
            for (Token token = peek(); token != null && !closes(token); token = peek()) {
                next++;
                nodes.add(token.action() ? action(token) : new TemplateNode.Text(token.text()));
            }
            return nodes;
        }

        private static boolean closes(Token token) {
            return token.action() && token.text().matches("end|else|else\\s+if\\s.*");
        }

        private TemplateNode action(Token token) throws CniException {
            Matcher range = RANGE.matcher(token.text());
            if (range.matches()) {
                TemplateNode.Expression list = expression(range.group(3), token);
                Branches branches = branches(token);
                return new TemplateNode.Range(
                        Optional.ofNullable(range.group(1)),
                        Optional.ofNullable(range.group(2)),
                        list,
                        branches.first(),
                        branches.otherwise());
            }
            if (token.text().matches("if\\s.+")) {
                return condition(token, token.text().substring("if".length()));
            }
            return new TemplateNode.Value(expression(token.text(), token));
        }

        private TemplateNode condition(Token token, String text) throws CniException {
            TemplateNode.Expression condition = expression(text, token);
            Branches branches = branches(token);
            return new TemplateNode.Condition(condition, branches.first(), branches.otherwise());
        }

        private record Branches(List<TemplateNode> first, List<TemplateNode> otherwise) {}

        private Branches branches(Token opening) throws CniException {
            List<TemplateNode> first = block();
            Token closing = closing(opening);
            if (closing.text().equals("end")) {
                return new Branches(first, List.of());
            }
            if (!closing.text().equals("else")) {
                // The end of the inner condition is that of this one, too.
                String inner = closing.text().replaceFirst("else\\s+if", "");
                return new Branches(first, List.of(condition(closing, inner)));
            }
            List<TemplateNode> otherwise = block();
            Token end = closing(opening);
            if (!end.text().equals("end")) {
                throw end.wrong("it comes after an else");
            }
            return new Branches(first, otherwise);
        }

        private Token closing(Token opening) throws CniException {
            Token token = peek();
            if (token == null) {
                throw opening.wrong("it has no end");
            }
            next++;
            return token;
        }

        private static TemplateNode.Expression expression(String text, Token token)
                throws CniException {
            return TemplateNode.Expression.parse(text.strip())
                    .orElseThrow(() -> token.wrong("it is not understood"));
        }
    }
}
