/**
 * Compiles an OCI specification to a launch program: the flat list of system calls that a shim
 * makes in a fresh child before execve. {@link io.gantry.linux.launch.LaunchCompiler} is the
 * entrance; {@link io.gantry.linux.launch.LaunchProgram} is the result, with its byte format
 * (docs/shim-protocol.md §1), its listing, and the words for a failure. Pure: nothing here changes
 * anything on the host.
 */
@NullMarked
package io.gantry.linux.launch;

import org.jspecify.annotations.NullMarked;
