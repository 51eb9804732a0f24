package io.gantry.image.layer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** Writes tar archives byte by byte, so that they can also say what no decent tool would. */
public final class TarBuilder {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    public TarBuilder() {}

    /** One entry; unset fields are zero or empty, names are byte strings. */
    public static final class Entry {
        public char type = '0';
        public String name = "";
        public String link = "";
        public int mode = 0644;
        public long uid;
        public long gid;
        public long size = -1;
        public long mtime = 1_600_000_000;
        public int major;
        public int minor;
        public byte[] content = new byte[0];
        public final Map<String, byte[]> pax = new LinkedHashMap<>();

        public Entry pax(String key, String value) {
            pax.put(key, value.getBytes(StandardCharsets.ISO_8859_1));
            return this;
        }
    }

    public TarBuilder entry(char type, String name, Consumer<Entry> settings) {
        Entry entry = new Entry();
        entry.type = type;
        entry.name = name;
        settings.accept(entry);
        write(entry);
        return this;
    }

    public TarBuilder file(String name, String content) {
        return entry('0', name, e -> e.content = content.getBytes(StandardCharsets.UTF_8));
    }

    public TarBuilder directory(String name, int mode) {
        return entry('5', name, e -> e.mode = mode);
    }

    public TarBuilder symlink(String name, String target) {
        return entry('2', name, e -> e.link = target);
    }

    public TarBuilder hardLink(String name, String target) {
        return entry('1', name, e -> e.link = target);
    }

    public TarBuilder raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    /** The archive with its two final blocks. */
    public byte[] build() {
        byte[] body = out.toByteArray();
        byte[] whole = new byte[body.length + 1024];
        System.arraycopy(body, 0, whole, 0, body.length);
        return whole;
    }

    private void write(Entry entry) {
        if (!entry.pax.isEmpty()) {
            Entry header = new Entry();
            header.type = 'x';
            header.name = "pax";
            header.content = records(entry.pax);
            write(header);
        }
        out.writeBytes(header(entry));
        out.writeBytes(entry.content);
        out.writeBytes(new byte[-entry.content.length & 511]);
    }

    private static byte[] header(Entry entry) {
        byte[] block = new byte[512];
        put(block, 0, entry.name, 100);
        octal(block, 100, 8, entry.mode);
        octal(block, 108, 8, entry.uid);
        octal(block, 116, 8, entry.gid);
        octal(block, 124, 12, entry.size < 0 ? entry.content.length : entry.size);
        octal(block, 136, 12, entry.mtime);
        block[156] = (byte) entry.type;
        put(block, 157, entry.link, 100);
        put(block, 257, "ustar\00000", 8);
        octal(block, 329, 8, entry.major);
        octal(block, 337, 8, entry.minor);
        put(block, 148, "        ", 8);
        long sum = 0;
        for (byte b : block) {
            sum += b & 0xff;
        }
        put(block, 148, String.format("%06o\0 ", sum), 8);
        return block;
    }

    private static void octal(byte[] block, int offset, int length, long value) {
        if (value >= 1L << (3 * (length - 1))) {
            block[offset] = (byte) 0x80;
            for (int i = 0; i < 8; i++) {
                block[offset + length - 1 - i] = (byte) (value >>> (8 * i));
            }
            return;
        }
        put(block, offset, String.format("%0" + (length - 1) + "o", value), length);
    }

    private static void put(byte[] block, int offset, String text, int length) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(bytes, 0, block, offset, Math.min(bytes.length, length));
    }

    private static byte[] records(Map<String, byte[]> pax) {
        ByteArrayOutputStream records = new ByteArrayOutputStream();
        pax.forEach(
                (key, value) -> {
                    int rest = key.length() + value.length + 3;
                    int length = rest + String.valueOf(rest).length();
                    length = rest + String.valueOf(length).length();
                    records.writeBytes(
                            (length + " " + key + "=").getBytes(StandardCharsets.ISO_8859_1));
                    records.writeBytes(value);
                    records.write('\n');
                });
        return records.toByteArray();
    }
}
