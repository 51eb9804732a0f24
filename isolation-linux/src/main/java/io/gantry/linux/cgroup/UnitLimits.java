package io.gantry.linux.cgroup;

import io.gantry.linux.systemd.UnitProperty;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Limits as properties of a unit, for systemd to keep them: it writes its own into the files anew,
 * among others when it is reloaded. What it has no property for, or could not be given in one, it
 * leaves alone.
 */
final class UnitLimits {

    private static final String MAX = "max";
    private static final long INFINITY = -1;
    private static final long SECOND_MICROS = 1_000_000;

    /** Systemd remembers quotas as whole percents of a processor. */
    private static final long PERCENT_MICROS = SECOND_MICROS / 100;

    /** Four digits: no kernel has as many processors. */
    private static final Pattern RANGE = Pattern.compile("(\\d{1,4})(?:-(\\d{1,4}))?");

    private static final Map<String, String> AMOUNTS =
            Map.of(
                    "cpu.weight", "CPUWeight",
                    "memory.min", "MemoryMin",
                    "memory.low", "MemoryLow",
                    "memory.high", "MemoryHigh",
                    "memory.max", "MemoryMax",
                    "memory.swap.max", "MemorySwapMax",
                    "pids.max", "TasksMax");

    private static final Map<String, String> SETS =
            Map.of("cpuset.cpus", "AllowedCPUs", "cpuset.mems", "AllowedMemoryNodes");

    private UnitLimits() {}

    /** The properties that say the same as these writes do, of which the last of a file counts. */
    static List<UnitProperty> of(List<Write> plan) {
        Map<String, UnitProperty> properties = new LinkedHashMap<>();
        Consumer<UnitProperty> add = property -> properties.put(property.name(), property);
        for (Write write : plan) {
            String amount = AMOUNTS.get(write.file());
            String set = SETS.get(write.file());
            if (amount != null) {
                amount(write.value()).map(it -> UnitProperty.number(amount, it)).ifPresent(add);
            } else if (set != null) {
                numbers(write.value())
                        .map(it -> new UnitProperty(set, new UnitProperty.Numbers(it)))
                        .ifPresent(add);
            } else if (write.file().equals("cpu.max")) {
                quota(write.value()).forEach(add);
            }
        }
        return List.copyOf(properties.values());
    }

    private static Optional<Long> amount(String value) {
        if (value.equals(MAX)) {
            return Optional.of(INFINITY);
        }
        try {
            long number = Long.parseLong(value);
            return number < 0 ? Optional.empty() : Optional.of(number);
        } catch (NumberFormatException e) {
            // The kernel takes more forms than one, as 64M.
            return Optional.empty();
        }
    }

    /** Of "50000 100000", "max 100000", or the first of the two alone. */
    private static List<UnitProperty> quota(String value) {
        String[] parts = value.strip().split("\\s+", -1);
        Optional<Long> quota = amount(parts[0]);
        Optional<Long> period = parts.length > 1 ? amount(parts[1]) : Optional.of(100_000L);
        if (quota.isEmpty() || period.isEmpty() || period.get() <= 0) {
            return List.of();
        }
        return List.of(
                UnitProperty.number("CPUQuotaPerSecUSec", perSecond(quota.get(), period.get())),
                UnitProperty.number("CPUQuotaPeriodUSec", period.get()));
    }

    /** Rather more than less: what is inside of the unit must be able to get what was asked. */
    private static long perSecond(long quota, long period) {
        if (quota == INFINITY) {
            return INFINITY;
        }
        long micros = Math.multiplyExact(quota, SECOND_MICROS) / period;
        return Math.ceilDiv(micros, PERCENT_MICROS) * PERCENT_MICROS;
    }

    /** Of a list as 0-3,8. */
    private static Optional<Set<Integer>> numbers(String list) {
        Set<Integer> members = new TreeSet<>();
        for (String range : list.strip().split(",", -1)) {
            Matcher ends = RANGE.matcher(range);
            if (!ends.matches()) {
                return Optional.empty();
            }
            int first = Integer.parseInt(ends.group(1));
            int last = ends.group(2) == null ? first : Integer.parseInt(ends.group(2));
            if (first > last) {
                return Optional.empty();
            }
            IntStream.rangeClosed(first, last).forEach(members::add);
        }
        return Optional.of(members);
    }
}
