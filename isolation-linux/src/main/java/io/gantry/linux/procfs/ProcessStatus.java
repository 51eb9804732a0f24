package io.gantry.linux.procfs;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What /proc/PID/status tells (proc_pid_status(5)): values by their names, as NoNewPrivs.
 *
 * @param fields in the kernel's order
 */
public record ProcessStatus(Map<String, String> fields) {

    public ProcessStatus {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /** Reads the lines of the file; one without a colon says nothing. */
    public static ProcessStatus parse(List<String> lines) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (String line : lines) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                fields.put(line.substring(0, colon), line.substring(colon + 1).strip());
            }
        }
        return new ProcessStatus(fields);
    }

    /** The value of a field. */
    public Optional<String> field(String name) {
        return Optional.ofNullable(fields.get(name));
    }

    /** The numbers of a field as Uid, Groups or NSpid; empty when it is not there. */
    public List<Integer> numbers(String name) {
        return field(name).stream()
                .flatMap(value -> Arrays.stream(value.split("\\s+")))
                .filter(number -> !number.isEmpty())
                .map(Integer::parseUnsignedInt)
                .toList();
    }

    /** The bits of a field as CapEff; 0 when it is not there. */
    public long bits(String name) {
        return field(name).map(value -> Long.parseUnsignedLong(value, 16)).orElse(0L);
    }
}
