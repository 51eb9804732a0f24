package io.gantry.runtime.pod;

/** Which supplemental groups a process gets beyond those that are listed. */
public enum SupplementalGroupsPolicy {
    /** Those that the image's /etc/group gives the user, too. */
    MERGE,
    /** None. */
    STRICT
}
