/**
 * Mounts as values ({@link io.gantry.linux.mount.Mount}, {@link
 * io.gantry.linux.mount.MountOptions}) and the few mounts that are made on the host ({@link
 * io.gantry.linux.mount.Mounter}). Those of containers are made by launch programs.
 */
@NullMarked
package io.gantry.linux.mount;

import org.jspecify.annotations.NullMarked;
