/**
 * What the daemon is told: defaults, the TOML file, the command line, in that order. Everything is
 * checked here, so that the rest may trust it; a mistake ends the start with one sentence.
 */
@NullMarked
package io.gantry.cri.config;

import org.jspecify.annotations.NullMarked;
