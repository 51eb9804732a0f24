/**
 * Reading the log files of containers, which the shim writes in the CRI's format: {@code time
 * stdout|stderr F|P text}.
 */
@NullMarked
package io.gantry.runtime.logs;

import org.jspecify.annotations.NullMarked;
