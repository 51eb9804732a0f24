/**
 * Client of the native shim, the small program beside each pod that executes launch programs, keeps
 * stdio and records exits. {@link io.gantry.linux.shim.ShimLauncher} starts one, {@link
 * io.gantry.linux.shim.Shim} talks to one. The wire format is defined in {@code
 * docs/shim-protocol.md}; what a launch program means is not this package's business.
 */
@NullMarked
package io.gantry.linux.shim;

import org.jspecify.annotations.NullMarked;
