package io.gantry.e2e.bench;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a runtime keeps: counts by name, and the resident memory of its daemon in KiB. Its mounts
 * are those of this process's namespace, its cgroups those that have the parent of the pods in
 * their path.
 */
record Footprint(Map<String, Long> counts, double resident) {

    /** Memory comes and goes with the collector: what it may have grown by. */
    private static final double SLACK = 1.1;

    /**
     * Where to look besides.
     *
     * @param leases directory of the plugin host-local; empty: not looked at
     * @param database file of SQLite; empty: not looked at
     */
    record Places(String cgroupParent, String leases, String database) {}

    static Footprint of(long daemon, Places places) throws IOException, SQLException {
        Map<String, Long> counts = new LinkedHashMap<>();
        Path process = Path.of("/proc", Long.toString(daemon));
        counts.put("open files", entries(process.resolve("fd")));
        counts.put("threads", entries(process.resolve("task")));
        List<String> mounts = Files.readAllLines(Path.of("/proc/self/mountinfo"));
        counts.put("mounts", (long) mounts.size());
        counts.put("cgroups", cgroups(mounts, places.cgroupParent));
        if (!places.leases.isEmpty()) {
            counts.put("leases", leases(Path.of(places.leases)));
        }
        if (!places.database.isEmpty()) {
            counts.put("rows", rows(places.database));
        }
        return new Footprint(counts, Memory.resident(daemon));
    }

    /** What is more than it was, each in words. */
    List<String> beyond(Footprint before) {
        List<String> more = new ArrayList<>();
        counts.forEach(
                (name, count) -> {
                    long old = before.counts.getOrDefault(name, 0L);
                    if (count > old) {
                        more.add(name + ": " + old + " before, " + count + " after");
                    }
                });
        if (resident > before.resident * SLACK) {
            more.add(
                    String.format(
                            Locale.ROOT,
                            "resident: %.0f KiB before, %.0f after",
                            before.resident,
                            resident));
        }
        return more;
    }

    private static long entries(Path directory) throws IOException {
        long count = 0;
        try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
            for (Path _ : all) {
                count++;
            }
        }
        return count;
    }

    private static long cgroups(List<String> mounts, String parent) throws IOException {
        long count = 0;
        for (String line : mounts) {
            if (line.contains(" - cgroup")) {
                Path top = Path.of(line.split(" ", -1)[4] + parent);
                if (Files.isDirectory(top)) {
                    try (Stream<Path> all = Files.find(top, 9, (_, file) -> file.isDirectory())) {
                        count += all.count();
                    }
                }
            }
        }
        return count;
    }

    private static long leases(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> Character.isDigit(file.getFileName().toString().charAt(0)))
                    .count();
        }
    }

    private static long rows(String database) throws SQLException {
        long count = 0;
        try (Connection to = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = to.createStatement()) {
            List<String> tables = new ArrayList<>();
            try (ResultSet found =
                    statement.executeQuery("SELECT name FROM sqlite_master WHERE type = 'table'")) {
                while (found.next()) {
                    tables.add(found.getString(1));
                }
            }
            for (String table : tables) {
                try (ResultSet found =
                        statement.executeQuery("SELECT count(*) FROM \"" + table + "\"")) {
                    count += found.getLong(1);
                }
            }
        }
        return count;
    }
}
