package io.gantry.runtime.stats;

import io.gantry.linux.cgroup.CgroupUsage;
import java.time.Instant;
import java.util.OptionalLong;

/**
 * What a control group uses.
 *
 * @param at when it was read
 * @param nanoCores billionths of a processor over the last seconds; empty while there is nothing to
 *     compare with
 */
public record GroupUse(Instant at, CgroupUsage usage, OptionalLong nanoCores) {}
