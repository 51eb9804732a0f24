package io.gantry.linux.cgroup;

import io.gantry.linux.cgroup.CgroupAccounts.DeviceIo;
import io.gantry.linux.cgroup.CgroupAccounts.HugePages;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** What further controllers of version 2 count. */
final class AccountsV2 {

    private static final String PREFIX = "hugetlb.";
    private static final String USAGE = ".current";

    private AccountsV2() {}

    static CgroupAccounts read(Counters group) throws IOException {
        return new CgroupAccounts(devices(group), hugePages(group), group.limit("pids.max"));
    }

    /** Lines as "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0"; some have no keys. */
    private static List<DeviceIo> devices(Counters group) throws IOException {
        List<DeviceIo> devices = new ArrayList<>();
        for (String line : group.lines("io.stat")) {
            String[] words = line.split(" ");
            int colon = words[0].indexOf(':');
            if (colon > 0 && words.length > 1) {
                Map<String, Long> numbers = numbers(words);
                devices.add(
                        new DeviceIo(
                                Integer.parseInt(words[0].substring(0, colon)),
                                Integer.parseInt(words[0].substring(colon + 1)),
                                numbers.getOrDefault("rbytes", 0L),
                                numbers.getOrDefault("wbytes", 0L),
                                numbers.getOrDefault("rios", 0L),
                                numbers.getOrDefault("wios", 0L)));
            }
        }
        return devices;
    }

    private static Map<String, Long> numbers(String[] words) {
        Map<String, Long> numbers = new HashMap<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            // Cost models add values of other kinds, as cost.vrate=100.00.
            if (equals > 0 && word.substring(equals + 1).matches("[0-9]+")) {
                numbers.put(word.substring(0, equals), Long.parseLong(word.substring(equals + 1)));
            }
        }
        return numbers;
    }

    private static List<HugePages> hugePages(Counters group) throws IOException {
        List<HugePages> pages = new ArrayList<>();
        for (String file : group.files(PREFIX, USAGE)) {
            String size = file.substring(PREFIX.length(), file.length() - USAGE.length());
            // hugetlb.2MB.rsvd.current is about reservations.
            if (!size.contains(".")) {
                pages.add(new HugePages(size, group.number(file), OptionalLong.empty()));
            }
        }
        return pages;
    }
}
