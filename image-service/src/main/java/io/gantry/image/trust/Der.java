package io.gantry.image.trust;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One value in DER (X.690): as much of it as certificates need that the JDK's classes do not show.
 *
 * @param tag first byte
 * @param encoded tag, length and content
 * @param content alone
 */
@SuppressWarnings("ArrayRecordComponent") // looked at once, never compared
record Der(int tag, byte[] encoded, byte[] content) {

    static final int OCTET_STRING = 0x04;
    static final int OBJECT_ID = 0x06;
    static final int UTF8_STRING = 0x0c;
    static final int SEQUENCE = 0x30;

    private static final int LONG_FORM = 0x80;
    private static final int MAX_LENGTH_BYTES = 3;

    /**
     * The value that makes up all of {@code bytes}.
     *
     * @throws RefusalException when that is not one
     */
    static Der of(byte[] bytes) throws RefusalException {
        List<Der> values = all(bytes);
        if (values.size() != 1) {
            throw malformed();
        }
        return values.getFirst();
    }

    /** The values that follow each other in {@code bytes}. */
    static List<Der> all(byte[] bytes) throws RefusalException {
        List<Der> values = new ArrayList<>();
        int at = 0;
        while (at < bytes.length) {
            Der value = at(bytes, at);
            values.add(value);
            at += value.encoded.length;
        }
        return values;
    }

    /** A value of a tag and a content. */
    static Der of(int tag, byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.length < LONG_FORM) {
            out.write(content.length);
        } else {
            int bytes = (Integer.SIZE - Integer.numberOfLeadingZeros(content.length) + 7) / 8;
            out.write(LONG_FORM | bytes);
            for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
                out.write(content.length >>> shift);
            }
        }
        out.writeBytes(content);
        return new Der(tag, out.toByteArray(), content);
    }

    /** The values inside this one. */
    List<Der> children() throws RefusalException {
        return all(content);
    }

    Der expect(int wanted) throws RefusalException {
        if (tag != wanted) {
            throw malformed();
        }
        return this;
    }

    private static Der at(byte[] bytes, int start) throws RefusalException {
        if (start + 2 > bytes.length) {
            throw malformed();
        }
        int length = bytes[start + 1] & 0xff;
        int at = start + 2;
        if (length >= LONG_FORM) {
            int count = length - LONG_FORM;
            if (count == 0 || count > MAX_LENGTH_BYTES || at + count > bytes.length) {
                throw malformed();
            }
            length = 0;
            for (int i = 0; i < count; i++) {
                length = (length << 8) | (bytes[at++] & 0xff);
            }
        }
        if (length > bytes.length - at) {
            throw malformed();
        }
        return new Der(
                bytes[start] & 0xff,
                Arrays.copyOfRange(bytes, start, at + length),
                Arrays.copyOfRange(bytes, at, at + length));
    }

    private static RefusalException malformed() {
        return new RefusalException("its certificate is malformed");
    }
}
