package io.gantry.runtime.pod;

import com.fasterxml.jackson.annotation.JsonIgnore;

/** Parts of an SELinux label; empty ones are the policy's choice. */
public record SelinuxOptions(String user, String role, String type, String level) {

    /** Whether no part is given. */
    @JsonIgnore
    public boolean isNone() {
        return equals(none());
    }

    /** No part given. */
    public static SelinuxOptions none() {
        return new SelinuxOptions("", "", "", "");
    }
}
