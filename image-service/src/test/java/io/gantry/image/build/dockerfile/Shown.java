package io.gantry.image.build.dockerfile;

import io.gantry.image.build.syntax.Statement;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Records as short texts for tables: without where they stand, and without what is empty. */
final class Shown {

    private static final Set<String> UNREMARKABLE =
            Set.of("", "no", "PT0S", "0", "DEFAULT", "SANDBOX");

    private Shown() {}

    static String of(Object value) {
        return switch (value) {
            case MountFlag it when it.text().indexOf('$') < 0 ->
                    of(it.resolve(UnaryOperator.identity()));
            case MountFlag it -> it.text();
            case Optional<?> it ->
                    it.map(each -> of(each).equals("no") ? "not" : of(each)).orElse("");
            case Collection<?> it ->
                    it.isEmpty() ? "" : it.stream().map(Shown::of).toList().toString();
            case Boolean it -> it ? "yes" : "no";
            case Record it -> record(it);
            case String it ->
                    "‹" + it.replace("\n", "⏎").replace("\t", "⇥").replace("\r", "␍") + "›";
            default -> value.toString();
        };
    }

    private static String record(Record value) {
        List<String> parts = new ArrayList<>();
        for (RecordComponent component : value.getClass().getRecordComponents()) {
            Object part = part(value, component);
            String text = part instanceof Statement.Origin ? "" : of(part);
            if (!UNREMARKABLE.contains(text)) {
                parts.add(component.getName() + "=" + text);
            }
        }
        return value.getClass().getSimpleName() + parts;
    }

    private static Object part(Record value, RecordComponent component) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(value);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }
}
