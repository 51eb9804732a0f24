package io.gantry.linux.launch;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.launch.Arg.Pointer;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The data that ops point to. Equal constants are stored once, unless they are large. */
final class Blob {

    private static final int ALIGNMENT = 8;
    private static final long NULL = -1;

    /** Larger ones, as filters, come once in a program and are not worth comparing. */
    private static final int LARGEST_SHARED = 1024;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final List<Integer> relocations = new ArrayList<>();
    private final Map<ByteBuffer, Integer> constants = new HashMap<>();

    /** A string with its NUL. */
    Pointer text(String text) {
        if (text.indexOf('\0') >= 0) {
            throw new InvalidArgumentException(
                    "\"" + text.replace("\0", "\\0") + "\" has a NUL character");
        }
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return new Pointer(
                constant(Arrays.copyOf(utf8, utf8.length + 1), 1), () -> Symbols.quoted(text));
    }

    /** A structure that is only read. */
    Pointer structure(byte[] structure, Supplier<String> words) {
        return new Pointer(constant(structure, ALIGNMENT), words);
    }

    /** A structure of 64-bit fields that is only read. */
    Pointer structure(Supplier<String> words, long... fields) {
        return structure(littleEndian(fields), words);
    }

    /** Fields of 64 bits that calls write to: nothing else is kept there. */
    Pointer room(String shown, long... fields) {
        int at = align(ALIGNMENT);
        bytes.writeBytes(littleEndian(fields));
        return new Pointer(at, () -> shown);
    }

    /** An array of pointers with a null pointer at its end. */
    Pointer pointers(List<Pointer> pointers) {
        int at = align(ALIGNMENT);
        long[] fields = new long[pointers.size() + 1];
        for (int i = 0; i < fields.length; i++) {
            relocations.add(at + i * Long.BYTES);
            fields[i] = i < pointers.size() ? pointers.get(i).offset() : NULL;
        }
        bytes.writeBytes(littleEndian(fields));
        return new Pointer(at, () -> Symbols.list(pointers.stream().map(Pointer::shown).toList()));
    }

    /** A structure of 64-bit fields of which some are pointers, as struct sock_fprog. */
    Pointer linked(String shown, Arg... fields) {
        int at = align(ALIGNMENT);
        for (int i = 0; i < fields.length; i++) {
            if (fields[i] instanceof Pointer) {
                relocations.add(at + i * Long.BYTES);
            }
            bytes.writeBytes(littleEndian(fields[i].bits()));
        }
        return new Pointer(at, () -> shown);
    }

    /** All of it, with the zeros that end the last string and the last array. */
    byte[] toBytes() {
        align(ALIGNMENT);
        bytes.writeBytes(new byte[Long.BYTES]);
        return bytes.toByteArray();
    }

    List<Integer> relocations() {
        return List.copyOf(relocations);
    }

    private int constant(byte[] value, int alignment) {
        if (value.length > LARGEST_SHARED) {
            int at = align(alignment);
            bytes.writeBytes(value);
            return at;
        }
        Integer known = constants.get(ByteBuffer.wrap(value));
        if (known != null && known % alignment == 0) {
            return known;
        }
        int at = align(alignment);
        bytes.writeBytes(value);
        constants.put(ByteBuffer.wrap(value), at);
        return at;
    }

    private int align(int alignment) {
        while (bytes.size() % alignment != 0) {
            bytes.write(0);
        }
        return bytes.size();
    }

    private static byte[] littleEndian(long... fields) {
        byte[] bytes = new byte[fields.length * Long.BYTES];
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (long field : fields) {
            buffer.putLong(field);
        }
        return bytes;
    }
}
