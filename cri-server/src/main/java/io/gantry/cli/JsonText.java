package io.gantry.cli;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.MapEntry;
import com.google.protobuf.MessageOrBuilder;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Messages as indented JSON. The names are those of the {@code .proto} files and 64-bit numbers are
 * numbers, as {@code jq} users want it; every field without presence is there, set or not. Written
 * here rather than taken from protobuf-java-util, which brings a JSON parser and Guava's start-up
 * time for an output of this size.
 */
final class JsonText {

    private final StringBuilder out = new StringBuilder();
    private final boolean indented;
    private int depth;

    private JsonText(boolean indented) {
        this.indented = indented;
    }

    /** On one line. */
    static String line(MessageOrBuilder message) {
        JsonText json = new JsonText(false);
        json.message(message);
        return json.out.toString();
    }

    static String of(MessageOrBuilder message) {
        JsonText json = new JsonText(true);
        json.message(message);
        return json.out.toString();
    }

    static String of(List<? extends MessageOrBuilder> messages) {
        JsonText json = new JsonText(true);
        json.list(messages, json::message);
        return json.out.toString();
    }

    private interface Writer<T> {
        void write(T value);
    }

    private void message(MessageOrBuilder message) {
        out.append('{');
        depth++;
        boolean first = true;
        for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
            if (field.hasPresence() && !message.hasField(field)) {
                continue;
            }
            next(first);
            first = false;
            string(field.getName());
            out.append(": ");
            field(field, message.getField(field));
        }
        close(first, '}');
    }

    private void field(FieldDescriptor field, Object value) {
        if (field.isMapField()) {
            map((List<?>) value);
        } else if (field.isRepeated()) {
            list((List<?>) value, this::value);
        } else {
            value(value);
        }
    }

    private void map(List<?> entries) {
        Map<String, Object> sorted = new TreeMap<>();
        for (Object entry : entries) {
            MapEntry<?, ?> pair = (MapEntry<?, ?>) entry;
            sorted.put(String.valueOf(pair.getKey()), pair.getValue());
        }
        out.append('{');
        depth++;
        boolean first = true;
        for (Map.Entry<String, Object> entry : sorted.entrySet()) {
            next(first);
            first = false;
            string(entry.getKey());
            out.append(": ");
            value(entry.getValue());
        }
        close(first, '}');
    }

    private <T> void list(List<? extends T> values, Writer<T> writer) {
        out.append('[');
        depth++;
        boolean first = true;
        for (T value : values) {
            next(first);
            first = false;
            writer.write(value);
        }
        close(first, ']');
    }

    private void value(Object value) {
        switch (value) {
            case MessageOrBuilder message -> message(message);
            case EnumValueDescriptor constant -> string(constant.getName());
            case ByteString bytes ->
                    string(Base64.getEncoder().encodeToString(bytes.toByteArray()));
            case String text -> string(text);
            default -> out.append(value);
        }
    }

    private void next(boolean first) {
        if (!first) {
            out.append(',');
        }
        newLine();
    }

    private void close(boolean empty, char bracket) {
        depth--;
        if (!empty) {
            newLine();
        }
        out.append(bracket);
    }

    private void newLine() {
        if (indented) {
            out.append('\n').repeat("  ", depth);
        }
    }

    private void string(String text) {
        out.append('"');
        text.chars().forEach(this::character);
        out.append('"');
    }

    private void character(int c) {
        switch (c) {
            case '"' -> out.append("\\\"");
            case '\\' -> out.append("\\\\");
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            default -> {
                if (c < 0x20 || c == 0x7f) {
                    out.append(String.format("\\u%04x", c));
                } else {
                    out.append((char) c);
                }
            }
        }
    }
}
