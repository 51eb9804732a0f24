package io.gantry.linux.procfs;

import java.util.Arrays;
import java.util.List;

/**
 * A mount: one line of /proc/PID/mountinfo (proc_pid_mountinfo(5)), with escapes undone.
 *
 * @param device as major:minor
 * @param root directory of the file system that is mounted
 * @param options per mount
 * @param tags optional fields, as shared:1
 * @param superOptions per file system
 */
public record MountInfo(
        int id,
        int parentId,
        String device,
        String root,
        String mountPoint,
        List<String> options,
        List<String> tags,
        String type,
        String source,
        List<String> superOptions) {

    private static final int FIXED_FIELDS = 6;

    public MountInfo {
        options = List.copyOf(options);
        tags = List.copyOf(tags);
        superOptions = List.copyOf(superOptions);
    }

    /**
     * Reads one line.
     *
     * @throws IllegalArgumentException quoting a line that is none
     */
    public static MountInfo parse(String line) {
        List<String> fields = Arrays.asList(line.split(" ", -1));
        int separator = fields.indexOf("-");
        if (separator < FIXED_FIELDS || fields.size() < separator + 4) {
            throw new IllegalArgumentException("not a line of mountinfo: " + line);
        }
        try {
            return new MountInfo(
                    Integer.parseInt(fields.get(0)),
                    Integer.parseInt(fields.get(1)),
                    fields.get(2),
                    unescape(fields.get(3)),
                    unescape(fields.get(4)),
                    list(fields.get(5)),
                    fields.subList(FIXED_FIELDS, separator),
                    unescape(fields.get(separator + 1)),
                    unescape(fields.get(separator + 2)),
                    list(unescape(fields.get(separator + 3))));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("not a line of mountinfo: " + line, e);
        }
    }

    /** Whether mounts below it are passed on to its peers. */
    public boolean shared() {
        return hasTag("shared:");
    }

    /** Whether it is passed mounts of its master. */
    public boolean slave() {
        return hasTag("master:");
    }

    private boolean hasTag(String prefix) {
        return tags.stream().anyMatch(tag -> tag.startsWith(prefix));
    }

    private static List<String> list(String field) {
        return Arrays.asList(field.split(",", -1));
    }

    /** The kernel writes space, tab, newline, backslash and # as a backslash and three digits. */
    private static String unescape(String field) {
        if (field.indexOf('\\') < 0) {
            return field;
        }
        StringBuilder text = new StringBuilder(field.length());
        int at = 0;
        while (at < field.length()) {
            if (isEscape(field, at)) {
                text.append((char) Integer.parseInt(field.substring(at + 1, at + 4), 8));
                at += 4;
            } else {
                text.append(field.charAt(at));
                at++;
            }
        }
        return text.toString();
    }

    private static boolean isEscape(String field, int at) {
        return field.charAt(at) == '\\'
                && at + 4 <= field.length()
                && field.substring(at + 1, at + 4).chars().allMatch(c -> c >= '0' && c <= '7');
    }
}
