package io.gantry.linux.cgroup;

/** Who makes control groups: this runtime, by their files, or systemd, as units. */
public enum CgroupDriver {
    CGROUPFS,
    SYSTEMD
}
