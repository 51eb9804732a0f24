package io.gantry.cri.config;

/**
 * What this version on this kernel can do; found out once at start.
 *
 * @param version of Gantry, as 0.1.0
 * @param recursiveReadOnlyMounts whether a mount can be read-only with all below it
 * @param userNamespaces whether pods can have one
 * @param mountOptions whether volumes can be noexec, nodev and nosuid
 */
public record NodeFeatures(
        String version,
        boolean recursiveReadOnlyMounts,
        boolean userNamespaces,
        boolean mountOptions) {}
