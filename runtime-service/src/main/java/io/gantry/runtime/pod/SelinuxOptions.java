package io.gantry.runtime.pod;

/** Parts of an SELinux label; empty ones are the policy's choice. */
public record SelinuxOptions(String user, String role, String type, String level) {

    /** No part given. */
    public static SelinuxOptions none() {
        return new SelinuxOptions("", "", "", "");
    }
}
