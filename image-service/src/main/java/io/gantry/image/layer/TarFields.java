package io.gantry.image.layer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The fields of one 512-byte tar header.
 *
 * @see <a href="https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html">ustar</a>
 */
final class TarFields {

    static final int BLOCK = 512;

    private static final int CHECKSUM_OFFSET = 148;
    private static final int CHECKSUM_LENGTH = 8;
    private static final byte[] USTAR = "ustar\0".getBytes(StandardCharsets.ISO_8859_1);
    private static final byte[] GNU = "ustar ".getBytes(StandardCharsets.ISO_8859_1);

    private final byte[] block;

    TarFields(byte[] block) {
        this.block = block;
    }

    boolean isZero() {
        for (byte b : block) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    void checkSum() throws LayerFormatException {
        long unsigned = 0;
        long signed = 0;
        for (int i = 0; i < BLOCK; i++) {
            boolean ofSum = i >= CHECKSUM_OFFSET && i < CHECKSUM_OFFSET + CHECKSUM_LENGTH;
            byte b = ofSum ? (byte) ' ' : block[i];
            unsigned += b & 0xff;
            // Some old writers summed signed chars.
            signed += b;
        }
        long told = number(CHECKSUM_OFFSET, CHECKSUM_LENGTH, "checksum");
        if (told != unsigned && told != signed) {
            throw new LayerFormatException("tar header has a wrong checksum");
        }
    }

    byte type() {
        return block[156];
    }

    String name() {
        String name = text(0, 100);
        if (!matches(USTAR)) {
            return name;
        }
        String prefix = text(345, 155);
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    String linkName() {
        return text(157, 100);
    }

    int mode() throws LayerFormatException {
        return (int) (number(100, 8, "mode") & 07777);
    }

    long uid() throws LayerFormatException {
        return number(108, 8, "uid");
    }

    long gid() throws LayerFormatException {
        return number(116, 8, "gid");
    }

    long size() throws LayerFormatException {
        long size = number(124, 12, "size");
        if (size < 0) {
            throw new LayerFormatException("negative size " + size);
        }
        return size;
    }

    long modified() throws LayerFormatException {
        return number(136, 12, "mtime");
    }

    int devMajor() throws LayerFormatException {
        return hasDevices() ? (int) number(329, 8, "major device number") : 0;
    }

    int devMinor() throws LayerFormatException {
        return hasDevices() ? (int) number(337, 8, "minor device number") : 0;
    }

    boolean isGnuSparse() {
        return type() == 'S' && matches(GNU);
    }

    private boolean hasDevices() {
        return matches(USTAR) || matches(GNU);
    }

    private boolean matches(byte[] magic) {
        return Arrays.equals(block, 257, 257 + magic.length, magic, 0, magic.length);
    }

    private String text(int offset, int length) {
        int end = offset;
        while (end < offset + length && block[end] != 0) {
            end++;
        }
        return new String(block, offset, end - offset, StandardCharsets.ISO_8859_1);
    }

    /** A number in octal, or in base 256 when the top bit of the first byte is set. */
    long number(int offset, int length, String what) throws LayerFormatException {
        if ((block[offset] & 0x80) != 0) {
            return base256(offset, length, what);
        }
        long value = 0;
        int i = offset;
        int end = offset + length;
        while (i < end && (block[i] == ' ' || block[i] == 0)) {
            i++;
        }
        for (; i < end && block[i] != ' ' && block[i] != 0; i++) {
            if (block[i] < '0' || block[i] > '7' || value >>> 60 != 0) {
                throw new LayerFormatException("tar header has an unreadable " + what);
            }
            value = value << 3 | (block[i] - '0');
        }
        return value;
    }

    private long base256(int offset, int length, String what) throws LayerFormatException {
        boolean negative = (block[offset] & 0x40) != 0;
        long value = negative ? -1 : 0;
        for (int i = offset; i < offset + length; i++) {
            int digit = block[i] & 0xff;
            if (i == offset) {
                digit = negative ? digit : digit & 0x7f;
            }
            long top = value >> 55;
            if (top != 0 && top != -1) {
                throw new LayerFormatException("tar header has too large a " + what);
            }
            value = value << 8 | digit;
        }
        return value;
    }
}
