package io.gantry.linux.procfs;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What went through a network device since it was made (a line of proc_pid_net(5), dev).
 *
 * @param name as eth0
 */
public record NetworkDevice(String name, Traffic received, Traffic sent) {

    private static final int FIELDS_PER_WAY = 8;

    /** One way. */
    public record Traffic(long bytes, long packets, long errors, long dropped) {}

    /** Reads the lines of /proc/PID/net/dev, two of which are headings. */
    public static List<NetworkDevice> parse(List<String> lines) {
        List<NetworkDevice> devices = new ArrayList<>();
        for (String line : lines) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                long[] numbers =
                        Arrays.stream(line.substring(colon + 1).strip().split("\\s+"))
                                .mapToLong(Long::parseLong)
                                .toArray();
                devices.add(
                        new NetworkDevice(
                                line.substring(0, colon).strip(),
                                traffic(numbers, 0),
                                traffic(numbers, FIELDS_PER_WAY)));
            }
        }
        return devices;
    }

    private static Traffic traffic(long[] numbers, int from) {
        return new Traffic(numbers[from], numbers[from + 1], numbers[from + 2], numbers[from + 3]);
    }
}
