/**
 * How log events become lines on standard error. Set up in code: no configuration file is looked
 * for or parsed at start.
 */
@NullMarked
package io.gantry.cri.logging;

import org.jspecify.annotations.NullMarked;
