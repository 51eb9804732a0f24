package io.gantry.runtime.stats;

/**
 * A file system, all of whose users share what it has.
 *
 * @param device that it is on, as /dev/sda1
 * @param bytes total
 * @param inodes total; 0 where the file system has no such limit
 * @param inodesFree free
 */
public record FileSystemSpace(String device, long bytes, long inodes, long inodesFree) {}
