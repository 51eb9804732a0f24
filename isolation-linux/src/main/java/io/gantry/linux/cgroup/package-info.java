/**
 * Control groups, made through their files or by systemd: {@link
 * io.gantry.linux.cgroup.CgroupManager} in front of version 1, one hierarchy per controller, and
 * version 2, one for all. Which writes a set of limits becomes is a pure plan; device rules become
 * writes in version 1 and a BPF program in version 2.
 */
@NullMarked
package io.gantry.linux.cgroup;

import org.jspecify.annotations.NullMarked;
