package io.gantry.image.build.api;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes that do not change and that no log shows; equal when the bytes are. */
public final class Content {

    private final byte[] bytes;

    private Content(byte[] bytes) {
        this.bytes = bytes;
    }

    /** A copy of bytes. */
    public static Content of(byte[] bytes) {
        return new Content(bytes.clone());
    }

    /** A copy of a part of an array. */
    public static Content of(byte[] bytes, int offset, int length) {
        return new Content(Arrays.copyOfRange(bytes, offset, offset + length));
    }

    /** UTF-8. */
    public static Content of(String text) {
        return new Content(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A copy. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** Number of bytes. */
    public int length() {
        return bytes.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Content that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** The length only. */
    @Override
    public String toString() {
        return bytes.length + " bytes";
    }
}
