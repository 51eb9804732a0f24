package io.gantry.runtime.container;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.gantry.base.error.InvalidArgumentException;
import java.util.List;
import java.util.Locale;

/** A signal of Linux by its number, the same on x86_64 and aarch64 (signal(7)). */
public record Signal(int number) {

    public static final Signal SIGKILL = new Signal(9);
    public static final Signal SIGTERM = new Signal(15);

    private static final List<String> NAMES =
            List.of(
                    "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1",
                    "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP",
                    "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO",
                    "PWR", "SYS");

    private static final int RTMIN = 34;
    private static final int RTMAX = 64;

    public Signal {
        if (number < 1 || number > RTMAX) {
            throw new InvalidArgumentException("signal " + number + " is not one of Linux");
        }
    }

    /**
     * Reads a name as SIGTERM, TERM, RTMIN+3 or RTMAX-2 in any case, or a number.
     *
     * @throws InvalidArgumentException naming {@code text} when it is none
     */
    @JsonCreator
    public static Signal parse(String text) {
        String upper = text.strip().toUpperCase(Locale.ROOT);
        String name = upper.startsWith("SIG") ? upper.substring(3) : upper;
        int index = NAMES.indexOf(name);
        if (index > 0) {
            return new Signal(index);
        }
        try {
            return new Signal(number(name));
        } catch (NumberFormatException | InvalidArgumentException e) {
            throw new InvalidArgumentException("signal \"" + text + "\" is not one of Linux", e);
        }
    }

    /** As SIGTERM or SIGRTMIN+3. */
    @JsonValue
    public String name() {
        if (number < NAMES.size()) {
            return "SIG" + NAMES.get(number);
        }
        return number < RTMIN ? Integer.toString(number) : "SIGRTMIN+" + (number - RTMIN);
    }

    private static int number(String name) {
        return switch (name) {
            case "IOT" -> 6;
            case "CLD" -> 17;
            case "POLL" -> 29;
            case "RTMIN" -> RTMIN;
            case "RTMAX" -> RTMAX;
            default ->
                    name.startsWith("RTMIN+")
                            ? RTMIN + Integer.parseUnsignedInt(name.substring(6))
                            : name.startsWith("RTMAX-")
                                    ? RTMAX - Integer.parseUnsignedInt(name.substring(6))
                                    : Integer.parseInt(name);
        };
    }

    @Override
    public String toString() {
        return name();
    }
}
