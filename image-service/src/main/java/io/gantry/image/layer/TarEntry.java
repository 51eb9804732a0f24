package io.gantry.image.layer;

import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.FileStatus.Time;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * One entry of a tar archive, all extensions resolved. Names are byte strings (one char per byte).
 *
 * @param linkName target of a symbolic or hard link
 * @param mode permission bits with setuid, setgid and sticky
 * @param size bytes of the file, holes included; 0 for what has no content
 * @param modified time of the last modification
 * @param xattrs extended attributes by name
 * @param segments where the content of a sparse file belongs; for any other file one segment
 */
record TarEntry(
        TarType type,
        String name,
        String linkName,
        int mode,
        int uid,
        int gid,
        long size,
        Time modified,
        int devMajor,
        int devMinor,
        Map<String, byte[]> xattrs,
        List<Segment> segments) {

    private static final int MAX_SHOWN = 300;

    /** A stretch of a file that has content. */
    record Segment(long offset, long length) {}

    /** A byte string for people: shortened, with what is no valid UTF-8 as \xNN. */
    static String display(String bytes) {
        String shown = cstring(bytes.replace("\0", "\\0")).toString();
        return shown.length() > MAX_SHOWN ? shown.substring(0, MAX_SHOWN) + "…" : shown;
    }

    /** A byte string for the kernel. */
    static CString cstring(String bytes) {
        return CString.of(bytes.getBytes(StandardCharsets.ISO_8859_1));
    }
}
