package io.gantry.image.layer;

import io.gantry.image.layer.TarEntry.Segment;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * GNU's four ways to write down where the content of a sparse file belongs.
 *
 * @see <a
 *     href="https://www.gnu.org/software/tar/manual/html_section/Sparse-Formats.html">formats</a>
 */
final class SparseMap {

    private static final int OLD_ENTRY = 24;
    private static final int OLD_NUMBER = 12;
    private static final int OLD_FIRST_ENTRIES = 4;
    private static final int OLD_MORE_ENTRIES = 21;

    private SparseMap() {}

    /** Gives the blocks that follow a header. */
    @FunctionalInterface
    interface Blocks {
        byte[] next() throws IOException;
    }

    /** The map in an old GNU header and the blocks after it. */
    static List<Segment> ofHeader(byte[] header, Blocks more, int maxBytes) throws IOException {
        List<Segment> segments = new ArrayList<>();
        addOld(segments, header, 386, OLD_FIRST_ENTRIES);
        boolean extended = header[482] != 0;
        while (extended) {
            if (segments.size() > maxBytes / OLD_ENTRY) {
                throw new LayerFormatException("sparse map is larger than " + maxBytes + " bytes");
            }
            byte[] block = more.next();
            addOld(segments, block, 0, OLD_MORE_ENTRIES);
            extended = block[OLD_MORE_ENTRIES * OLD_ENTRY] != 0;
        }
        return segments;
    }

    private static void addOld(List<Segment> segments, byte[] block, int offset, int count)
            throws LayerFormatException {
        TarFields fields = new TarFields(block);
        for (int i = 0; i < count; i++) {
            int at = offset + i * OLD_ENTRY;
            if (block[at] == 0) {
                return;
            }
            segments.add(
                    new Segment(
                            fields.number(at, OLD_NUMBER, "sparse map"),
                            fields.number(at + OLD_NUMBER, OLD_NUMBER, "sparse map")));
        }
    }

    /** The map of PAX versions 0.0 and 0.1. */
    static List<Segment> ofRecord(String map) throws LayerFormatException {
        String[] numbers = map.split(",", -1);
        if (numbers.length % 2 != 0) {
            throw new LayerFormatException("sparse map has an odd count of numbers");
        }
        List<Segment> segments = new ArrayList<>();
        for (int i = 0; i < numbers.length; i += 2) {
            segments.add(
                    new Segment(
                            PaxRecords.number("sparse offset", numbers[i]),
                            PaxRecords.number("sparse length", numbers[i + 1])));
        }
        return segments;
    }

    /** The map of PAX version 1.0, which takes up the first blocks of the content. */
    static List<Segment> ofContent(Blocks content, int maxBytes) throws IOException {
        Numbers numbers = new Numbers(content, maxBytes);
        long count = numbers.next();
        List<Segment> segments = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            segments.add(new Segment(numbers.next(), numbers.next()));
        }
        return segments;
    }

    /**
     * Checks that segments ascend, do not overlap, lie in the file and are as long as the content.
     */
    static List<Segment> checked(List<Segment> segments, long size, long content)
            throws LayerFormatException {
        long end = 0;
        long sum = 0;
        for (Segment segment : segments) {
            if (segment.offset() < end
                    || segment.length() < 0
                    || segment.length() > size - segment.offset()) {
                throw new LayerFormatException("sparse map does not fit a file of " + size);
            }
            end = segment.offset() + segment.length();
            sum += segment.length();
        }
        if (sum != content) {
            throw new LayerFormatException(
                    "sparse map has " + sum + " bytes where the content has " + content);
        }
        return List.copyOf(segments);
    }

    private static final class Numbers {
        private final Blocks content;
        private final int maxBytes;
        private byte[] block = new byte[0];
        private int at;
        private int taken;

        Numbers(Blocks content, int maxBytes) {
            this.content = content;
            this.maxBytes = maxBytes;
        }

        long next() throws IOException {
            long number = 0;
            int digits = 0;
            while (true) {
                byte b = nextByte();
                if (b == '\n' && digits > 0) {
                    return number;
                }
                if (b < '0' || b > '9' || ++digits > 18) {
                    throw new LayerFormatException("malformed sparse map");
                }
                number = number * 10 + (b - '0');
            }
        }

        private byte nextByte() throws IOException {
            if (at == block.length) {
                taken += TarFields.BLOCK;
                if (taken > maxBytes) {
                    throw new LayerFormatException(
                            "sparse map is larger than " + maxBytes + " bytes");
                }
                block = content.next();
                at = 0;
            }
            return block[at++];
        }
    }
}
