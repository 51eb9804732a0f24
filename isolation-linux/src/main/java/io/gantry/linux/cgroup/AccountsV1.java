package io.gantry.linux.cgroup;

import io.gantry.linux.cgroup.CgroupAccounts.DeviceIo;
import io.gantry.linux.cgroup.CgroupAccounts.HugePages;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/** What further controllers of version 1 count. */
final class AccountsV1 {

    private static final String PREFIX = "hugetlb.";
    private static final String USAGE = ".usage_in_bytes";

    private AccountsV1() {}

    static CgroupAccounts read(Counters blkio, Counters hugetlb, Counters pids) throws IOException {
        return new CgroupAccounts(devices(blkio), hugePages(hugetlb), pids.limit("pids.max"));
    }

    /** Two files of lines as "8:0 Read 4096", and a last line with the total. */
    private static List<DeviceIo> devices(Counters blkio) throws IOException {
        Map<String, Long> bytes = byDevice(blkio, "blkio.throttle.io_service_bytes_recursive");
        Map<String, Long> operations = byDevice(blkio, "blkio.throttle.io_serviced_recursive");
        Map<String, DeviceIo> devices = new TreeMap<>();
        for (String key : bytes.keySet()) {
            String device = key.substring(0, key.indexOf(' '));
            String[] numbers = device.split(":", 2);
            devices.put(
                    device,
                    new DeviceIo(
                            Integer.parseInt(numbers[0]),
                            Integer.parseInt(numbers[1]),
                            bytes.getOrDefault(device + " Read", 0L),
                            bytes.getOrDefault(device + " Write", 0L),
                            operations.getOrDefault(device + " Read", 0L),
                            operations.getOrDefault(device + " Write", 0L)));
        }
        return List.copyOf(devices.values());
    }

    private static Map<String, Long> byDevice(Counters blkio, String file) throws IOException {
        Map<String, Long> numbers = new TreeMap<>();
        for (String line : blkio.lines(file)) {
            int last = line.lastIndexOf(' ');
            if (line.indexOf(':') > 0 && line.indexOf(' ') < last) {
                numbers.put(line.substring(0, last), Long.parseLong(line.substring(last + 1)));
            }
        }
        return numbers;
    }

    private static List<HugePages> hugePages(Counters hugetlb) throws IOException {
        List<HugePages> pages = new ArrayList<>();
        for (String file : hugetlb.files(PREFIX, USAGE)) {
            String size = file.substring(PREFIX.length(), file.length() - USAGE.length());
            // hugetlb.2MB.rsvd.usage_in_bytes is about reservations.
            if (!size.contains(".")) {
                pages.add(
                        new HugePages(
                                size,
                                hugetlb.number(file),
                                OptionalLong.of(
                                        hugetlb.number(PREFIX + size + ".max_usage_in_bytes"))));
            }
        }
        return pages;
    }
}
