package io.gantry.runtime.pod;

/**
 * A seccomp or AppArmor profile.
 *
 * @param localhostRef path or name when the type is LOCALHOST; otherwise empty
 */
public record SecurityProfile(Type type, String localhostRef) {

    /** Where the profile comes from. */
    public enum Type {
        RUNTIME_DEFAULT,
        UNCONFINED,
        LOCALHOST
    }

    public static SecurityProfile runtimeDefault() {
        return new SecurityProfile(Type.RUNTIME_DEFAULT, "");
    }

    public static SecurityProfile unconfined() {
        return new SecurityProfile(Type.UNCONFINED, "");
    }
}
