package io.gantry.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A port of a pod, and the one of this machine that stands for it.
 *
 * @param local 0 to 65535; 0: any that is free
 * @param remote 1 to 65535
 */
record ForwardedPort(int local, int remote) {

    private static final Pattern FORM =
            Pattern.compile("(?:(?<local>\\d{0,5}):)?(?<remote>\\d{1,5})");
    private static final int LAST = 65_535;

    /** Reads {@code [LOCAL:]REMOTE}; {@code :REMOTE} takes any free port. */
    static ForwardedPort parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new UsageException("'" + text + "' is not [LOCAL:]REMOTE, two numbers of ports");
        }
        int remote = Integer.parseInt(matcher.group("remote"));
        String given = matcher.group("local");
        int local;
        if (given == null) {
            local = remote;
        } else {
            local = given.isEmpty() ? 0 : Integer.parseInt(given);
        }
        if (remote < 1 || remote > LAST || local > LAST) {
            throw new UsageException("'" + text + "': ports are 1 to 65535");
        }
        return new ForwardedPort(local, remote);
    }
}
