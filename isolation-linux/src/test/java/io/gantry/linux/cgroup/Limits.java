package io.gantry.linux.cgroup;

import io.gantry.linux.spec.Resources;
import io.gantry.linux.spec.Resources.DeviceRule;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Resources for tests, of which each says one thing. */
final class Limits {

    private Limits() {}

    static Resources shares(long shares) {
        return of(shares, null, null, null, null, null);
    }

    static Resources bandwidth(long quota, long period) {
        return of(null, quota, period, null, null, null);
    }

    static Resources memory(long limit, long swap) {
        return of(null, null, null, limit, swap, null);
    }

    static Resources memory(long limit) {
        return of(null, null, null, limit, null, null);
    }

    static Resources pids(long limit) {
        return of(null, null, null, null, null, limit);
    }

    static Resources devices(DeviceRule... rules) {
        return new Resources(
                List.of(rules),
                null,
                null,
                null,
                "",
                "",
                null,
                null,
                null,
                null,
                Map.of(),
                Map.of());
    }

    static Resources hugepages(Map<String, Long> limits) {
        return new Resources(
                List.of(), null, null, null, "", "", null, null, null, null, limits, Map.of());
    }

    static Resources unified(Map<String, String> files) {
        return new Resources(
                List.of(), null, null, null, "", "", null, null, null, null, Map.of(), files);
    }

    private static Resources of(
            @Nullable Long shares,
            @Nullable Long quota,
            @Nullable Long period,
            @Nullable Long memory,
            @Nullable Long swap,
            @Nullable Long pids) {
        return new Resources(
                List.of(), shares, quota, period, "", "", memory, swap, null, pids, Map.of(),
                Map.of());
    }
}
