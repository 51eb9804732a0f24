package io.gantry.image.build.dockerfile;

import io.gantry.image.build.source.DockerfileException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Which signals STOPSIGNAL may name: those of Linux, by number, or by name with SIG or without. */
public final class StopSignals {

    private static final int MAX_SIGNAL = 64;
    private static final Pattern REAL_TIME =
            Pattern.compile("RTMIN(\\+([0-9]|1[0-5]))?|RTMAX(-([0-9]|1[0-4]))?");

    private static final Set<String> NAMES =
            Set.copyOf(
                    List.of(
                            "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL",
                            "INT", "IO", "IOT", "KILL", "PIPE", "POLL", "PROF", "PWR", "QUIT",
                            "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU",
                            "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ"));

    private StopSignals() {}

    /**
     * Accepts a signal whose variables are expanded.
     *
     * @throws DockerfileException when there is no such signal
     */
    public static void check(String signal) {
        String upper = signal.toUpperCase(Locale.ROOT);
        String name = upper.startsWith("SIG") ? upper.substring(3) : upper;
        boolean known =
                isNumber(signal) || NAMES.contains(name) || REAL_TIME.matcher(name).matches();
        if (!known) {
            throw new DockerfileException("invalid signal: " + signal);
        }
    }

    private static boolean isNumber(String text) {
        boolean digits =
                !text.isEmpty()
                        && text.length() <= 3
                        && text.chars().allMatch(c -> c >= '0' && c <= '9');
        return digits && Integer.parseInt(text) >= 1 && Integer.parseInt(text) <= MAX_SIGNAL;
    }
}
