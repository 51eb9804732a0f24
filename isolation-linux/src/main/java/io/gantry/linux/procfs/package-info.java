/**
 * What the kernel tells of itself and of processes under /proc (proc(5)): values with pure parsers,
 * and {@link io.gantry.linux.procfs.ProcFs}, the thin reader in front of them.
 */
@NullMarked
package io.gantry.linux.procfs;

import org.jspecify.annotations.NullMarked;
