package io.gantry.image.build.dockerfile;

import io.gantry.image.build.source.DockerfileException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code --chmod} does to the mode of a file: an octal number replaces it, a list of symbolic
 * clauses as chmod(1) knows them changes it. There is no umask.
 */
public final class FileModes {

    private static final int ALL = 07777;
    private static final int EXECUTE = 0111;
    private static final Pattern OCTAL = Pattern.compile("[0-7]{1,8}");
    private static final Pattern CLAUSE =
            Pattern.compile("([ugoa]*+)((?:[-+=](?:[ugo]|[rwxXst]*+))++)");
    private static final Pattern ACTION = Pattern.compile("([-+=])([ugo]|[rwxXst]*+)");

    private final OptionalInt absolute;
    private final List<Action> actions;

    private FileModes(OptionalInt absolute, List<Action> actions) {
        this.absolute = absolute;
        this.actions = List.copyOf(actions);
    }

    /** One change to the permissions of some. */
    private record Action(String who, char operator, String permissions) {}

    /**
     * Reads the value of the flag, its variables expanded.
     *
     * @throws DockerfileException when it is neither octal nor symbolic
     */
    public static FileModes parse(String text) {
        if (OCTAL.matcher(text).matches() && Integer.parseInt(text, 8) <= ALL) {
            return new FileModes(OptionalInt.of(Integer.parseInt(text, 8)), List.of());
        }
        List<Action> actions = new ArrayList<>();
        for (String clause : text.split(",", -1)) {
            Matcher matcher = CLAUSE.matcher(clause);
            if (!matcher.matches()) {
                throw invalid(text);
            }
            Matcher action = ACTION.matcher(matcher.group(2));
            while (action.find()) {
                actions.add(
                        new Action(matcher.group(1), action.group(1).charAt(0), action.group(2)));
            }
        }
        return new FileModes(OptionalInt.empty(), actions);
    }

    private static DockerfileException invalid(String text) {
        boolean octal = !text.isEmpty() && Character.isDigit(text.charAt(0));
        return new DockerfileException(
                "invalid chmod parameter: '%s'. it should be %s"
                        .formatted(
                                text,
                                octal
                                        ? "octal string and between 0 and 07777"
                                        : "octal, or symbolic as in u=rwX,go=rX"));
    }

    /**
     * The mode that a file gets.
     *
     * @param mode its permission bits, with setuid, setgid and sticky bit
     * @param directory whether it is one: {@code X} means execute for these
     */
    public int apply(int mode, boolean directory) {
        int result = absolute.orElse(mode & ALL);
        for (Action action : actions) {
            result = apply(action, result, directory);
        }
        return result;
    }

    private static int apply(Action action, int mode, boolean directory) {
        int who = affected(action.who());
        int bits = bits(action, mode, directory) & who;
        return switch (action.operator()) {
            case '+' -> mode | bits;
            case '-' -> mode & ~bits;
            default -> (mode & ~(who & (directory ? 01777 : ALL))) | bits;
        };
    }

    /** The bits that belong to those named; nobody named: to all. */
    private static int affected(String who) {
        int bits = 0;
        for (char each : (who.isEmpty() ? "a" : who).toCharArray()) {
            bits |=
                    switch (each) {
                        case 'u' -> 04700;
                        case 'g' -> 02070;
                        case 'o' -> 01007;
                        default -> ALL;
                    };
        }
        return bits;
    }

    private static int bits(Action action, int mode, boolean directory) {
        int bits = 0;
        for (char each : action.permissions().toCharArray()) {
            bits |=
                    switch (each) {
                        case 'r' -> 0444;
                        case 'w' -> 0222;
                        case 'x' -> 0111;
                        case 'X' -> directory || (mode & EXECUTE) != 0 ? 0111 : 0;
                        case 's' -> 06000;
                        case 't' -> 01000;
                        case 'u' -> 0111 * ((mode >> 6) & 7);
                        case 'g' -> 0111 * ((mode >> 3) & 7);
                        default -> 0111 * (mode & 7);
                    };
        }
        return bits;
    }
}
