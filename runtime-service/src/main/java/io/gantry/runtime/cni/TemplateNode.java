package io.gantry.runtime.cni;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A part of a template. */
sealed interface TemplateNode {

    /** Writes what it stands for. */
    void write(Scope scope, StringBuilder out) throws CniException;

    /**
     * What names mean at a place.
     *
     * @param fields of the template as a whole
     * @param dot what is looked at: the fields, or an element in a range
     * @param variables by name, with their dollar sign
     */
    record Scope(Map<String, Object> fields, Object dot, Map<String, Object> variables) {

        private Scope at(Object element) {
            return new Scope(fields, element, new HashMap<>(variables));
        }
    }

    /** Itself. */
    record Text(String text) implements TemplateNode {
        @Override
        public void write(Scope scope, StringBuilder out) {
            out.append(text);
        }
    }

    /** A value. */
    record Value(Expression expression) implements TemplateNode {
        @Override
        public void write(Scope scope, StringBuilder out) throws CniException {
            out.append(print(expression.value(scope)));
        }
    }

    /** The body once for each element. */
    record Range(
            Optional<String> index,
            Optional<String> element,
            Expression list,
            List<TemplateNode> body,
            List<TemplateNode> otherwise)
            implements TemplateNode {
        @Override
        public void write(Scope scope, StringBuilder out) throws CniException {
            if (!(list.value(scope) instanceof List<?> elements)) {
                throw new CniException("range over " + list.text() + ", which is no list");
            }
            int position = 0;
            for (Object each : elements) {
                Scope inner = scope.at(each);
                if (index.isPresent()) {
                    inner.variables().put(index.get(), position);
                }
                element.ifPresent(name -> inner.variables().put(name, each));
                writeAll(body, inner, out);
                position++;
            }
            if (elements.isEmpty()) {
                writeAll(otherwise, scope, out);
            }
        }
    }

    /** One of two. */
    record Condition(Expression condition, List<TemplateNode> then, List<TemplateNode> otherwise)
            implements TemplateNode {
        @Override
        public void write(Scope scope, StringBuilder out) throws CniException {
            writeAll(isTrue(condition.value(scope)) ? then : otherwise, scope, out);
        }
    }

    private static void writeAll(List<TemplateNode> nodes, Scope scope, StringBuilder out)
            throws CniException {
        for (TemplateNode node : nodes) {
            node.write(scope, out);
        }
    }

    /** Neither 0, nor empty. */
    private static boolean isTrue(Object value) {
        return !value.equals(0) && !value.equals("") && !value.equals(List.of());
    }

    private static String print(Object value) {
        return value instanceof List<?> list
                ? list.stream().map(TemplateNode::print).collect(Collectors.joining(" ", "[", "]"))
                : value.toString();
    }

    /**
     * What has a value: a name, or an element of what it stands for.
     *
     * @param name {@code .}, {@code .Field}, {@code $variable} or {@code $.Field}
     * @param index of the element; empty: the whole
     */
    record Expression(String text, String name, Optional<Integer> index) {

        private static final Pattern FORM =
                Pattern.compile(
                        "(?<name>\\.\\w*|\\$\\w*|\\$\\.\\w+)"
                            + "|index\\s+(?<list>\\.\\w+|\\$\\w+|\\$\\.\\w+)\\s+(?<at>[0-9]{1,4})");

        static Optional<Expression> parse(String text) {
            Matcher form = FORM.matcher(text);
            if (!form.matches()) {
                return Optional.empty();
            }
            return Optional.of(
                    form.group("name") != null
                            ? new Expression(text, form.group("name"), Optional.empty())
                            : new Expression(
                                    text,
                                    form.group("list"),
                                    Optional.of(Integer.parseInt(form.group("at")))));
        }

        Object value(Scope scope) throws CniException {
            Object whole = named(scope);
            if (index.isEmpty()) {
                return whole;
            }
            if (!(whole instanceof List<?> list) || index.get() >= list.size()) {
                throw new CniException("{{" + text + "}}: there is no such element");
            }
            return new ArrayList<Object>(list).get(index.get());
        }

        private Object named(Scope scope) throws CniException {
            if (name.equals(".")) {
                return scope.dot();
            }
            Object found =
                    name.startsWith("$.")
                            ? scope.fields().get(name.substring(2))
                            : name.startsWith("$")
                                    ? scope.variables().get(name)
                                    : field(scope.dot(), name.substring(1));
            if (found == null) {
                throw new CniException("{{" + text + "}}: there is no " + name);
            }
            return found;
        }

        private static @Nullable Object field(Object of, String name) {
            return of instanceof Map<?, ?> fields ? fields.get(name) : null;
        }
    }
}
