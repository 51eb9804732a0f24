package io.gantry.runtime.cni;

import java.math.BigDecimal;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Kubernetes quantities: a decimal number and a decimal or binary suffix. */
final class Quantity {

    private static final Pattern FORM = Pattern.compile("(\\d+(?:\\.\\d+)?)(k|M|G|T|Ki|Mi|Gi|Ti)?");
    private static final Map<String, Long> FACTORS =
            Map.of(
                    "k",
                    1_000L,
                    "M",
                    1_000_000L,
                    "G",
                    1_000_000_000L,
                    "T",
                    1_000_000_000_000L,
                    "Ki",
                    1L << 10,
                    "Mi",
                    1L << 20,
                    "Gi",
                    1L << 30,
                    "Ti",
                    1L << 40);

    private Quantity() {}

    /**
     * The whole number that {@code text} stands for, rounded down.
     *
     * @param key whose value it is, for the message
     */
    static long parse(String key, String text) throws CniException {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new CniException(key + ": not a quantity: " + text);
        }
        String suffix = matcher.group(2);
        long factor = suffix == null ? 1 : FACTORS.getOrDefault(suffix, 1L);
        return new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(factor)).longValue();
    }
}
