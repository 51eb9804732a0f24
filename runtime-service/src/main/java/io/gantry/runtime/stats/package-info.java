/**
 * What pods and containers use: read from control groups and network devices when somebody asks,
 * with rates and sizes that are sampled meanwhile, and only while somebody asks.
 */
@NullMarked
package io.gantry.runtime.stats;

import org.jspecify.annotations.NullMarked;
