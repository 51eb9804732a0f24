package io.gantry.linux.launch;

import io.gantry.linux.syscall.MountFlags;

/**
 * What mount_setattr(2) changes.
 *
 * @param set MOUNT_ATTR_ flags
 * @param cleared MOUNT_ATTR_ flags
 * @param propagation MS_PRIVATE and the like without MS_REC; 0: leave
 * @param users descriptor of the user namespace of MOUNT_ATTR_IDMAP
 */
record MountAttributes(long set, long cleared, long propagation, int users) {

    MountAttributes(long set, long cleared, long propagation) {
        this(set, cleared, propagation, 0);
    }

    static MountAttributes readonly() {
        return new MountAttributes(MountFlags.MOUNT_ATTR_RDONLY, 0, 0);
    }

    static MountAttributes idmapped(int users) {
        return new MountAttributes(MountFlags.MOUNT_ATTR_IDMAP, 0, 0, users);
    }

    boolean isEmpty() {
        return set == 0 && cleared == 0 && propagation == 0;
    }

    String shown() {
        String text = "{+" + Symbols.attributes(set);
        if (cleared != 0) {
            text += ", -" + Symbols.attributes(cleared);
        }
        if ((set & MountFlags.MOUNT_ATTR_IDMAP) != 0) {
            text += " of " + users;
        }
        return text + (propagation == 0 ? "" : ", " + Symbols.mount(propagation)) + "}";
    }
}
