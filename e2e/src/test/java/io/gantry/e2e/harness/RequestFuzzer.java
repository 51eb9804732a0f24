package io.gantry.e2e.harness;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/**
 * Makes requests odd, each variant in one field, within the type of that field. Every field of a
 * request and of the messages in it has its turn, whether the request sets it or not; the same seed
 * makes the same variants.
 */
public final class RequestFuzzer {

    private static final int MANY = 200;
    private static final int LONG_NAME = 300;
    private static final int LONG_TEXT = 70_000;

    private static final List<String> TEXTS =
            List.of(
                    "",
                    " ",
                    "a",
                    "A",
                    ".",
                    "..",
                    "/",
                    "//",
                    "/proc/..",
                    "../../../gantry-fuzz/..",
                    "a\0b",
                    "a\nb",
                    "a\tb",
                    "\u00e9\ud83d\ude00",
                    "-",
                    "--help",
                    "%s%n",
                    "$(true)",
                    "=",
                    "a=b",
                    ":",
                    "1:2:3",
                    "{}",
                    "[\"",
                    "0",
                    "-1",
                    "18446744073709551616",
                    "1e999",
                    "0-999999999",
                    "true",
                    "0".repeat(64),
                    "localhost/gantry-fuzz",
                    "n".repeat(LONG_NAME),
                    "t".repeat(LONG_TEXT));

    private static final List<Long> LONGS =
            List.of(Long.MIN_VALUE, -2L, -1L, 0L, 1L, 1L << 31, 1L << 32, Long.MAX_VALUE);

    private static final List<Integer> INTS =
            List.of(Integer.MIN_VALUE, -2, -1, 0, 1, 1 << 16, Integer.MAX_VALUE);

    private final Random random;
    private final List<String> texts;

    public RequestFuzzer(long seed) {
        this(seed, TEXTS);
    }

    /** One that knows these texts only. */
    public RequestFuzzer(long seed, List<String> texts) {
        this.random = new Random(seed);
        this.texts = new ArrayList<>(texts);
    }

    /** Adds a text that means something to the one who is asked. */
    public RequestFuzzer with(String text) {
        texts.add(text);
        return this;
    }

    /**
     * A way to make a request odd.
     *
     * @param field which field is odd then, with those around it
     * @param edit makes it so
     */
    public record Variant(String field, UnaryOperator<Message> edit) {}

    /** The name of each field of a message, and of those of the messages in it, as of variants. */
    public static Set<String> fields(Descriptor message) {
        Set<String> all = new TreeSet<>();
        for (FieldDescriptor field : message.getFields()) {
            all.add(field.getName());
            if (field.getJavaType() == JavaType.MESSAGE && !field.isMapField()) {
                String in = field.getName() + (field.isRepeated() ? "[]." : ".");
                fields(field.getMessageType()).forEach(inner -> all.add(in + inner));
            }
        }
        return all;
    }

    /** One of each field of a message, and of the messages in it. */
    public List<Variant> variants(Descriptor message) {
        List<Variant> all = new ArrayList<>();
        for (FieldDescriptor field : message.getFields()) {
            String name = field.getName();
            if (field.isMapField()) {
                all.add(new Variant(name, oddMap(field)));
            } else if (field.getJavaType() != JavaType.MESSAGE) {
                all.add(new Variant(name, oddScalar(field)));
            } else if (field.isRepeated()) {
                all.add(new Variant(name, whole -> often(whole, field)));
                for (Variant inner : variants(field.getMessageType())) {
                    all.add(
                            new Variant(
                                    name + "[]." + inner.field,
                                    whole -> inFirst(whole, field, inner.edit)));
                }
            } else {
                all.add(new Variant(name, whole -> whole.toBuilder().clearField(field).build()));
                for (Variant inner : variants(field.getMessageType())) {
                    all.add(
                            new Variant(
                                    name + "." + inner.field,
                                    whole -> inside(whole, field, inner.edit)));
                }
            }
        }
        return all;
    }

    private static Message inside(
            Message whole, FieldDescriptor field, UnaryOperator<Message> edit) {
        Message part = edit.apply((Message) whole.getField(field));
        return whole.toBuilder().setField(field, part).build();
    }

    private static Message inFirst(
            Message whole, FieldDescriptor field, UnaryOperator<Message> edit) {
        Message part = edit.apply(first(whole, field));
        return whole.getRepeatedFieldCount(field) == 0
                ? whole.toBuilder().addRepeatedField(field, part).build()
                : whole.toBuilder().setRepeatedField(field, 0, part).build();
    }

    private static Message often(Message whole, FieldDescriptor field) {
        Message part = first(whole, field);
        Message.Builder many = whole.toBuilder();
        for (int i = 0; i < MANY; i++) {
            many.addRepeatedField(field, part);
        }
        return many.build();
    }

    private static Message first(Message whole, FieldDescriptor field) {
        return whole.getRepeatedFieldCount(field) == 0
                ? whole.toBuilder().newBuilderForField(field).build()
                : (Message) whole.getRepeatedField(field, 0);
    }

    private UnaryOperator<Message> oddMap(FieldDescriptor field) {
        FieldDescriptor key = field.getMessageType().findFieldByName("key");
        FieldDescriptor value = field.getMessageType().findFieldByName("value");
        Object oddKey = oddValue(key);
        Object oddValue = oddValue(value);
        return whole -> {
            Message.Builder odd = whole.toBuilder();
            Message entry =
                    odd.newBuilderForField(field)
                            .setField(key, oddKey)
                            .setField(value, oddValue)
                            .build();
            return odd.addRepeatedField(field, entry).build();
        };
    }

    private UnaryOperator<Message> oddScalar(FieldDescriptor field) {
        Object odd = oddValue(field);
        int count = random.nextInt(4) == 0 ? MANY : 1;
        return whole -> {
            Message.Builder builder = whole.toBuilder();
            if (!field.isRepeated()) {
                return builder.setField(field, odd).build();
            }
            for (int i = 0; i < count; i++) {
                builder.addRepeatedField(field, odd);
            }
            return builder.build();
        };
    }

    private Object oddValue(FieldDescriptor field) {
        return switch (field.getJavaType()) {
            case STRING -> one(texts);
            case BYTE_STRING -> ByteString.copyFromUtf8(one(texts));
            case BOOLEAN -> random.nextBoolean();
            case INT -> one(INTS);
            case LONG -> one(LONGS);
            case FLOAT -> Float.NaN;
            case DOUBLE -> Double.NaN;
            case ENUM -> oddEnum(field);
            case MESSAGE -> throw new IllegalArgumentException(field.getFullName());
        };
    }

    /** One that is defined, or a number that is not. */
    private EnumValueDescriptor oddEnum(FieldDescriptor field) {
        List<EnumValueDescriptor> defined = field.getEnumType().getValues();
        int which = random.nextInt(defined.size() + 2);
        return which < defined.size()
                ? defined.get(which)
                : field.getEnumType().findValueByNumberCreatingIfUnknown(one(INTS));
    }

    private <T> T one(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }
}
