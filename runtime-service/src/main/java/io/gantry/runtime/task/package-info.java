/**
 * Commands that run once in a pod and are not remembered: what a build's RUN becomes. Values and
 * the interface to whoever takes their output; {@code runtime.service} runs them.
 */
@NullMarked
package io.gantry.runtime.task;

import org.jspecify.annotations.NullMarked;
