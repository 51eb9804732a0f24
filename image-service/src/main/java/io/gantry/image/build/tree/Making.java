package io.gantry.image.build.tree;

import io.gantry.linux.syscall.FileStatus.Time;

/**
 * How a directory is made that nothing is copied for.
 *
 * @param mode permissions
 */
public record Making(int mode, int uid, int gid, Time time) {}
