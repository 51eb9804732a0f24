package io.gantry.linux.security;

/**
 * A label of SELinux by its parts (selinux(8)).
 *
 * @param level a range of sensitivities and categories, as s0:c1,c2; empty where the policy has
 *     none
 */
public record SelinuxContext(String user, String role, String type, String level) {

    private static final int PARTS = 4;

    /**
     * The parts of a label, as user:role:type:level.
     *
     * @throws IllegalArgumentException when there are fewer than three
     */
    public static SelinuxContext parse(String label) {
        String[] parts = label.split(":", PARTS);
        if (parts.length < PARTS - 1) {
            throw new IllegalArgumentException("\"" + label + "\" is no SELinux label");
        }
        return new SelinuxContext(
                parts[0], parts[1], parts[2], parts.length == PARTS ? parts[PARTS - 1] : "");
    }

    /** The same with the parts of another one that are not empty. */
    public SelinuxContext with(SelinuxContext other) {
        return new SelinuxContext(
                other.user.isEmpty() ? user : other.user,
                other.role.isEmpty() ? role : other.role,
                other.type.isEmpty() ? type : other.type,
                other.level.isEmpty() ? level : other.level);
    }

    /** The label, as the kernel takes it. */
    public String label() {
        String label = user + ":" + role + ":" + type;
        return level.isEmpty() ? label : label + ":" + level;
    }
}
