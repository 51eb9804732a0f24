package io.gantry.image.build.export;

import io.gantry.image.build.tree.Node;
import io.gantry.linux.syscall.FileStatus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Writes the entries of a layer: ustar with PAX records where a value does not fit, times in whole
 * seconds, no names of owners. The same entries make the same bytes.
 *
 * @see <a href="https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html">pax</a>
 */
final class LayerTar {

    private static final int BLOCK = 512;
    private static final int NAME_BYTES = 100;
    private static final long MAX_SIZE = 0_77777777777L;
    private static final long MAX_ID = 0_7777777;

    private final OutputStream out;
    private final byte[] zeros = new byte[BLOCK];

    LayerTar(OutputStream out) {
        this.out = out;
    }

    /** Writes the content of a file to the byte. */
    @FunctionalInterface
    interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /** Something without content: a directory, symbolic link, device or fifo. */
    void special(String path, Node node, SortedMap<String, byte[]> attributes) throws IOException {
        char type =
                switch (node.type()) {
                    case FileStatus.S_IFDIR -> '5';
                    case FileStatus.S_IFLNK -> '2';
                    case FileStatus.S_IFCHR -> '3';
                    case FileStatus.S_IFBLK -> '4';
                    case FileStatus.S_IFIFO -> '6';
                    default -> throw new IOException("no such type of file in a layer: " + path);
                };
        String name = type == '5' ? path + "/" : path;
        header(new Entry(name, node.link(), type, 0), node, attributes);
    }

    /** A further name of a file that was written. */
    void link(String path, String existing, Node node) throws IOException {
        header(new Entry(path, existing, '1', 0), node, new TreeMap<>());
    }

    /** A regular file. */
    void file(String path, Node node, SortedMap<String, byte[]> attributes, Content content)
            throws IOException {
        header(new Entry(path, "", '0', node.size()), node, attributes);
        content.writeTo(out);
        pad(node.size());
    }

    /** The end of the archive. */
    void finish() throws IOException {
        out.write(zeros);
        out.write(zeros);
    }

    /** What differs from the node. */
    private record Entry(String name, String link, char type, long size) {}

    private void header(Entry entry, Node node, SortedMap<String, byte[]> attributes)
            throws IOException {
        SortedMap<String, byte[]> records = records(entry, node);
        attributes.forEach((name, value) -> records.put("SCHILY.xattr." + name, value));
        if (!records.isEmpty()) {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            for (Map.Entry<String, byte[]> each : records.entrySet()) {
                record(body, each.getKey(), each.getValue());
            }
            Node plain = new Node("", 0644, 0, 0, 0, node.modified(), "", 0, 1, 0);
            write(new Entry("PaxHeaders.0/entry", "", 'x', body.size()), plain);
            body.writeTo(out);
            pad(body.size());
        }
        write(entry, node);
    }

    private static SortedMap<String, byte[]> records(Entry entry, Node node) {
        SortedMap<String, byte[]> records = new TreeMap<>();
        text(records, "path", entry.name);
        text(records, "linkpath", entry.link);
        number(records, "size", entry.size, MAX_SIZE);
        number(records, "uid", Integer.toUnsignedLong(node.uid()), MAX_ID);
        number(records, "gid", Integer.toUnsignedLong(node.gid()), MAX_ID);
        number(records, "mtime", node.modified().seconds(), MAX_SIZE);
        return records;
    }

    private static void text(SortedMap<String, byte[]> records, String key, String value) {
        if (value.length() > NAME_BYTES || value.chars().anyMatch(c -> c >= 0x80)) {
            records.put(key, value.getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    private static void number(
            SortedMap<String, byte[]> records, String key, long value, long max) {
        if (value < 0 || value > max) {
            records.put(key, Long.toString(value).getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    /** Its length counts itself. */
    private static void record(ByteArrayOutputStream body, String key, byte[] value) {
        int rest = key.length() + value.length + 3;
        int length = rest + Integer.toString(rest).length();
        if (Integer.toString(length).length() > Integer.toString(rest).length()) {
            length = rest + Integer.toString(length).length();
        }
        body.writeBytes((length + " " + key + "=").getBytes(StandardCharsets.ISO_8859_1));
        body.writeBytes(value);
        body.write('\n');
    }

    private void write(Entry entry, Node node) throws IOException {
        byte[] block = new byte[BLOCK];
        put(block, 0, NAME_BYTES, entry.name);
        octal(block, 100, 8, node.mode() & 07777);
        octal(block, 108, 8, fitting(Integer.toUnsignedLong(node.uid()), MAX_ID));
        octal(block, 116, 8, fitting(Integer.toUnsignedLong(node.gid()), MAX_ID));
        octal(block, 124, 12, fitting(entry.size, MAX_SIZE));
        octal(block, 136, 12, fitting(node.modified().seconds(), MAX_SIZE));
        put(block, 148, 8, "        ");
        block[156] = (byte) entry.type;
        put(block, 157, NAME_BYTES, entry.link);
        put(block, 257, 8, "ustar\00000");
        boolean device = entry.type == '3' || entry.type == '4';
        octal(block, 329, 8, device ? FileStatus.major(node.rdev()) : 0);
        octal(block, 337, 8, device ? FileStatus.minor(node.rdev()) : 0);
        int sum = 0;
        for (byte each : block) {
            sum += each & 0xff;
        }
        put(block, 148, 8, "%06o\0 ".formatted(sum));
        out.write(block);
    }

    private static long fitting(long value, long max) {
        return value < 0 || value > max ? 0 : value;
    }

    private static void put(byte[] block, int offset, int length, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(bytes, 0, block, offset, Math.min(length, bytes.length));
    }

    private static void octal(byte[] block, int offset, int length, long value) {
        String digits = Long.toOctalString(value);
        put(block, offset, length - 1, "0".repeat(length - 1 - digits.length()) + digits);
    }

    private void pad(long size) throws IOException {
        int over = (int) (size % BLOCK);
        if (over > 0) {
            out.write(zeros, 0, BLOCK - over);
        }
    }
}
