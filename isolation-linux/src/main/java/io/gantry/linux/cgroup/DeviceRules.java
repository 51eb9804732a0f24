package io.gantry.linux.cgroup;

import io.gantry.linux.spec.Resources.DeviceRule;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Device rules as cgroup v1 takes them, and what holds of them in both versions. */
final class DeviceRules {

    private DeviceRules() {}

    /** Whether a rule is about every device, whatever numbers it gives. */
    static boolean matchesAll(DeviceRule rule) {
        return rule.type().equals("a");
    }

    /** Whether the rules forbid nothing: no deny rule, or all is allowed again after the last. */
    static boolean allowEverything(List<DeviceRule> rules) {
        boolean open = true;
        for (DeviceRule rule : rules) {
            if (!rule.allow()) {
                open = false;
            } else if (matchesAll(rule) && rule.access().length() == 3) {
                open = true;
            }
        }
        return open;
    }

    /** The writes to devices.allow and devices.deny, in the rules' order. */
    static List<Write> writes(List<DeviceRule> rules) {
        List<Write> writes = new ArrayList<>();
        if (!allowEverything(rules)) {
            for (DeviceRule rule : rules) {
                writes.add(Write.of(rule.allow() ? "devices.allow" : "devices.deny", value(rule)));
            }
        }
        return writes;
    }

    private static String value(DeviceRule rule) {
        if (matchesAll(rule)) {
            return "a";
        }
        return rule.type()
                + " "
                + number(rule.major())
                + ":"
                + number(rule.minor())
                + " "
                + rule.access();
    }

    private static String number(@Nullable Long number) {
        return number == null ? "*" : number.toString();
    }
}
