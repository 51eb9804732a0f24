package io.gantry.linux.cgroup;

import java.util.regex.Pattern;

/** Names of slices, each of which says what it is below (systemd.slice(5)). */
final class SliceName {

    private static final String SUFFIX = ".slice";

    /** Longest name of a unit (systemd.unit(5)). */
    private static final int MAX = 255;

    /** Parts between single hyphens: a-b.slice is in a.slice. */
    private static final Pattern NAME =
            Pattern.compile("[A-Za-z0-9:_.\\\\]+(-[A-Za-z0-9:_.\\\\]+)*\\.slice");

    private SliceName() {}

    static boolean isSlice(String name) {
        return name.endsWith(SUFFIX);
    }

    static boolean isValid(String name) {
        return name.length() <= MAX && NAME.matcher(name).matches();
    }

    /** Where systemd has the group of a slice: a-b.slice at /a.slice/a-b.slice. */
    static String path(String name) {
        String whole = name.substring(0, name.length() - SUFFIX.length());
        StringBuilder path = new StringBuilder();
        for (int hyphen = whole.indexOf('-');
                hyphen >= 0;
                hyphen = whole.indexOf('-', hyphen + 1)) {
            path.append('/').append(whole, 0, hyphen).append(SUFFIX);
        }
        return path.append('/').append(name).toString();
    }
}
