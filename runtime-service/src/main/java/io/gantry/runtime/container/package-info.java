/**
 * Containers as values: what a client asked for, what was observed, and the state machine between
 * the two. Whoever acts on them is in {@code runtime.service}.
 */
@NullMarked
package io.gantry.runtime.container;

import org.jspecify.annotations.NullMarked;
