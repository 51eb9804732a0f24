/**
 * The client, {@code gantry}: one class per command, over {@code gantry.engine.v1} for containers
 * and {@code runtime.v1} for images. Knows the wire contracts and {@code io.gantry.base}, nothing
 * of the daemon, and keeps its start short: a command loads only what it uses.
 */
@NullMarked
package io.gantry.cli;

import org.jspecify.annotations.NullMarked;
