package io.gantry.runtime.stats;

import java.util.OptionalLong;

/**
 * What the processes of a container are, together.
 *
 * @param processes without their threads
 * @param descriptors that they hold open
 * @param sockets of these
 * @param descriptorLimit how many its first process may hold; empty: any number
 */
public record ProcessFacts(
        long processes, long descriptors, long sockets, OptionalLong descriptorLimit) {}
