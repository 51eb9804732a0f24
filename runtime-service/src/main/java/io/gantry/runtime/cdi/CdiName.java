package io.gantry.runtime.cdi;

import io.gantry.base.error.InvalidArgumentException;
import java.util.regex.Pattern;

/**
 * The name by which a device is asked for: vendor.com/class=device.
 *
 * @param kind vendor.com/class
 * @param device within the kind
 */
public record CdiName(String kind, String device) {

    /** A vendor or a class begins with a letter and ends with no punctuation. */
    private static final String PART = "[A-Za-z](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?";

    private static final Pattern KIND = Pattern.compile(PART + "/" + PART);
    private static final Pattern DEVICE =
            Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9_.:-]*[A-Za-z0-9])?");

    /**
     * Reads one.
     *
     * @throws InvalidArgumentException quoting a text that is none
     */
    public static CdiName parse(String text) {
        int equals = text.indexOf('=');
        if (equals < 0
                || !isKind(text.substring(0, equals))
                || !isDevice(text.substring(equals + 1))) {
            throw new InvalidArgumentException(
                    "CDI device \"" + text + "\" is not named as vendor.com/class=device");
        }
        return new CdiName(text.substring(0, equals), text.substring(equals + 1));
    }

    static boolean isKind(String text) {
        return KIND.matcher(text).matches();
    }

    static boolean isDevice(String text) {
        return DEVICE.matcher(text).matches();
    }

    @Override
    public String toString() {
        return kind + "=" + device;
    }
}
