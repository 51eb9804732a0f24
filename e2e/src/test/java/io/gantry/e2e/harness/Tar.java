package io.gantry.e2e.harness;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes archives entry by entry as POSIX.1-2017 (pax, "ustar Interchange Format") lays them out,
 * entries that no archiver would make included.
 */
public final class Tar {

    private static final int BLOCK = 512;
    private static final int CHECKSUM = 148;
    private static final int CHECKSUM_BYTES = 8;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    public Tar directory(String name) {
        return entry('5', name, "", 0755, new byte[0]);
    }

    public Tar file(String name, String text) {
        return entry('0', name, "", 0644, text.getBytes(StandardCharsets.UTF_8));
    }

    public Tar file(String name, byte[] content) {
        return entry('0', name, "", 0644, content);
    }

    public Tar symlink(String name, String target) {
        return entry('2', name, target, 0777, new byte[0]);
    }

    /** A hard link to an earlier entry, or to what pretends to be one. */
    public Tar link(String name, String target) {
        return entry('1', name, target, 0644, new byte[0]);
    }

    /** A file of which only the first bytes are there: GNU's old sparse format. */
    public Tar sparse(String name, long claimed, byte[] beginning) {
        byte[] header = header('S', name, "", 0644, beginning.length);
        octal(header, 386, 12, 0);
        octal(header, 398, 12, beginning.length);
        // The last part is empty and says where the file ends.
        size(header, 410, claimed);
        octal(header, 422, 12, 0);
        size(header, 483, claimed);
        write(seal(gnu(header)), beginning);
        return this;
    }

    /** A header that claims a size, and nothing behind it. */
    public Tar claim(String name, long size) {
        byte[] header = header('0', name, "", 0644, 0);
        size(header, 124, size);
        bytes.writeBytes(seal(header));
        return this;
    }

    /** A file of zeros. */
    public Tar zeros(String name, int size) {
        return entry('0', name, "", 0644, new byte[size]);
    }

    /** The archive with its two empty blocks. */
    public byte[] bytes() {
        byte[] all = Arrays.copyOf(bytes.toByteArray(), bytes.size() + 2 * BLOCK);
        return all;
    }

    private Tar entry(char type, String name, String target, int mode, byte[] content) {
        write(seal(header(type, name, target, mode, content.length)), content);
        return this;
    }

    private void write(byte[] header, byte[] content) {
        bytes.writeBytes(header);
        bytes.writeBytes(content);
        bytes.writeBytes(new byte[(BLOCK - content.length % BLOCK) % BLOCK]);
    }

    private static byte[] header(char type, String name, String target, int mode, long size) {
        byte[] header = new byte[BLOCK];
        text(header, 0, 100, name);
        octal(header, 100, 8, mode);
        octal(header, 108, 8, 0);
        octal(header, 116, 8, 0);
        octal(header, 124, 12, size);
        octal(header, 136, 12, 0);
        header[156] = (byte) type;
        text(header, 157, 100, target);
        text(header, 257, 6, "ustar");
        text(header, 263, 2, "00");
        return header;
    }

    private static byte[] gnu(byte[] header) {
        byte[] magic = "ustar  \0".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(magic, 0, header, 257, magic.length);
        return header;
    }

    private static byte[] seal(byte[] header) {
        Arrays.fill(header, CHECKSUM, CHECKSUM + CHECKSUM_BYTES, (byte) ' ');
        int sum = 0;
        for (byte each : header) {
            sum += each & 0xff;
        }
        text(header, CHECKSUM, CHECKSUM_BYTES, "%06o\0 ".formatted(sum));
        return header;
    }

    private static void text(byte[] header, int offset, int width, String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        if (encoded.length > width) {
            throw new IllegalArgumentException(text + " is longer than " + width + " bytes");
        }
        System.arraycopy(encoded, 0, header, offset, encoded.length);
    }

    private static void octal(byte[] header, int offset, int width, long value) {
        text(header, offset, width, ("%0" + (width - 1) + "o").formatted(value));
    }

    /** Octal where that fits, else GNU's binary form. */
    private static void size(byte[] header, int offset, long value) {
        if (value < 1L << 33) {
            octal(header, offset, 12, value);
            return;
        }
        Arrays.fill(header, offset, offset + 12, (byte) 0);
        header[offset] = (byte) 0x80;
        for (int i = 0; i < Long.BYTES; i++) {
            header[offset + 11 - i] = (byte) (value >>> (8 * i));
        }
    }
}
