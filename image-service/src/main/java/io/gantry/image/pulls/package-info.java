/**
 * Pulls that run, and those who wait for them: {@link io.gantry.image.pulls.RunningPulls} starts
 * each once, however many ask for it, and any number follow its progress without holding it up.
 */
@NullMarked
package io.gantry.image.pulls;

import org.jspecify.annotations.NullMarked;
