package io.gantry.linux.syscall;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Bytes without NUL, as the kernel takes paths, names and options. File names are bytes, not text:
 * one that is no valid UTF-8 passes unchanged. Immutable.
 */
public final class CString {

    private final byte[] terminated;

    private CString(byte[] terminated) {
        this.terminated = terminated;
    }

    /**
     * The UTF-8 bytes of {@code text}.
     *
     * @throws IllegalArgumentException when they hold a NUL
     */
    public static CString of(String text) {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * A copy of {@code bytes}.
     *
     * @throws IllegalArgumentException when they hold a NUL
     */
    public static CString of(byte[] bytes) {
        for (byte b : bytes) {
            if (b == 0) {
                throw new IllegalArgumentException("NUL in " + printable(bytes, bytes.length));
            }
        }
        return new CString(Arrays.copyOf(bytes, bytes.length + 1));
    }

    /** The bytes with their NUL; not to be written to. */
    byte[] terminated() {
        return terminated;
    }

    /** A copy of the bytes, without the NUL. */
    public byte[] bytes() {
        return Arrays.copyOf(terminated, terminated.length - 1);
    }

    /** Number of bytes, without the NUL. */
    public int length() {
        return terminated.length - 1;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CString that && Arrays.equals(terminated, that.terminated);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(terminated);
    }

    /** For messages: UTF-8 where it is, with control characters and other bytes as \xNN. */
    @Override
    public String toString() {
        return printable(terminated, terminated.length - 1);
    }

    private static String printable(byte[] bytes, int length) {
        String text = new String(bytes, 0, length, StandardCharsets.UTF_8);
        boolean plain = text.chars().noneMatch(c -> c < ' ' || c == 0x7f || c == 0xfffd);
        if (plain) {
            return text;
        }
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < length; i++) {
            int b = Byte.toUnsignedInt(bytes[i]);
            if (b >= ' ' && b < 0x7f && b != '\\') {
                out.append((char) b);
            } else {
                out.append(String.format("\\x%02x", b));
            }
        }
        return out.toString();
    }
}
