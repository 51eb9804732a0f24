package io.gantry.image.layer;

import io.gantry.linux.syscall.FileStatus.Time;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The records of one PAX extended header. Values are byte strings: attribute values are binary, and
 * writers put names in whatever encoding they have.
 *
 * @see <a href="https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html">pax</a>
 */
final class PaxRecords {

    private static final String SCHILY_XATTR = "SCHILY.xattr.";
    private static final String LIBARCHIVE_XATTR = "LIBARCHIVE.xattr.";
    private static final int MAX_LENGTH_DIGITS = 10;

    /** Before the first extended header of an entry. */
    static final PaxRecords NONE = new PaxRecords();

    private final Map<String, String> values = new LinkedHashMap<>();
    private final Map<String, byte[]> xattrs = new LinkedHashMap<>();
    // Version 0.0 of GNU's sparse format repeats these two keys for each segment.
    private final StringBuilder repeatedSegments = new StringBuilder();

    private PaxRecords() {}

    static PaxRecords parse(byte[] data) throws LayerFormatException {
        PaxRecords records = new PaxRecords();
        int at = 0;
        while (at < data.length) {
            at = records.parseOne(data, at);
        }
        return records;
    }

    private int parseOne(byte[] data, int start) throws LayerFormatException {
        int at = start;
        int length = 0;
        while (at < data.length && data[at] >= '0' && data[at] <= '9') {
            if (at - start >= MAX_LENGTH_DIGITS - 1) {
                throw malformed();
            }
            length = length * 10 + (data[at++] - '0');
        }
        int end = start + length;
        if (at == start || at >= data.length || data[at] != ' ' || end > data.length) {
            throw malformed();
        }
        int equals = ++at;
        while (equals < end && data[equals] != '=') {
            equals++;
        }
        if (equals >= end - 1 || data[end - 1] != '\n' || equals == at) {
            throw malformed();
        }
        String key = new String(data, at, equals - at, StandardCharsets.ISO_8859_1);
        String value = new String(data, equals + 1, end - equals - 2, StandardCharsets.ISO_8859_1);
        put(key, value);
        return end;
    }

    private void put(String key, String value) throws LayerFormatException {
        if (key.startsWith(SCHILY_XATTR)) {
            byte[] bytes = value.getBytes(StandardCharsets.ISO_8859_1);
            xattrs.put(key.substring(SCHILY_XATTR.length()), bytes);
        } else if (key.startsWith(LIBARCHIVE_XATTR)) {
            putLibarchive(key.substring(LIBARCHIVE_XATTR.length()), value);
        } else if (key.equals("GNU.sparse.offset") || key.equals("GNU.sparse.numbytes")) {
            repeatedSegments.append(repeatedSegments.isEmpty() ? "" : ",").append(value);
        } else {
            values.put(key, value);
        }
    }

    private void putLibarchive(String name, String value) throws LayerFormatException {
        try {
            // libarchive leaves the padding out and escapes names; SCHILY's form, which it writes
            // as well, wins.
            xattrs.putIfAbsent(unescape(name), Base64.getDecoder().decode(value));
        } catch (IllegalArgumentException e) {
            throw new LayerFormatException("unreadable extended attribute " + name, e);
        }
    }

    private static String unescape(String name) {
        StringBuilder plain = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '%' && i + 2 < name.length()) {
                plain.append((char) Integer.parseInt(name, i + 1, i + 3, 16));
                i += 2;
            } else {
                plain.append(c);
            }
        }
        return plain.toString();
    }

    /** A value; an empty one takes the record back, as POSIX says. */
    @Nullable String text(String key) throws LayerFormatException {
        String value = values.get(key);
        if (value == null || value.isEmpty()) {
            return null;
        }
        if (value.indexOf('\0') >= 0) {
            throw new LayerFormatException("NUL in PAX record " + key);
        }
        return value;
    }

    String textOr(String key, String otherwise) throws LayerFormatException {
        String value = text(key);
        return value == null ? otherwise : value;
    }

    long numberOr(String key, long otherwise) throws LayerFormatException {
        String value = text(key);
        return value == null ? otherwise : number(key, value);
    }

    static long number(String key, String value) throws LayerFormatException {
        try {
            long number = Long.parseLong(value);
            if (number < 0) {
                throw new LayerFormatException("negative " + key + " " + value);
            }
            return number;
        } catch (NumberFormatException e) {
            throw new LayerFormatException("unreadable " + key + " " + TarEntry.display(value), e);
        }
    }

    /** The modification time, to the nanosecond. */
    Time modifiedOr(long headerSeconds) throws LayerFormatException {
        String value = text("mtime");
        if (value == null) {
            return new Time(headerSeconds, 0);
        }
        int dot = value.indexOf('.');
        String whole = dot < 0 ? value : value.substring(0, dot);
        String fraction = dot < 0 ? "" : value.substring(dot + 1);
        try {
            long seconds = whole.isEmpty() || whole.equals("-") ? 0 : Long.parseLong(whole);
            int nanos =
                    fraction.isEmpty()
                            ? 0
                            : Integer.parseUnsignedInt((fraction + "000000000").substring(0, 9));
            if (value.startsWith("-") && nanos > 0) {
                return new Time(seconds - 1, 1_000_000_000 - nanos);
            }
            return new Time(seconds, nanos);
        } catch (NumberFormatException e) {
            throw new LayerFormatException("unreadable mtime " + TarEntry.display(value), e);
        }
    }

    Map<String, byte[]> xattrs() {
        return xattrs;
    }

    /** GNU's sparse map of version 0.x as "offset,length,…", null when there is none. */
    @Nullable String sparseMap() throws LayerFormatException {
        return repeatedSegments.isEmpty() ? text("GNU.sparse.map") : repeatedSegments.toString();
    }

    private static LayerFormatException malformed() {
        return new LayerFormatException("malformed PAX header");
    }
}
