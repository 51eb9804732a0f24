package io.gantry.linux.launch;

import io.gantry.linux.syscall.MountFlags;

/**
 * What mount_setattr(2) changes.
 *
 * @param set MOUNT_ATTR_ flags
 * @param cleared MOUNT_ATTR_ flags
 * @param propagation MS_PRIVATE and the like without MS_REC; 0: leave
 */
record MountAttributes(long set, long cleared, long propagation) {

    static MountAttributes readonly() {
        return new MountAttributes(MountFlags.MOUNT_ATTR_RDONLY, 0, 0);
    }

    boolean isEmpty() {
        return set == 0 && cleared == 0 && propagation == 0;
    }

    String shown() {
        String text = "{+" + Symbols.attributes(set);
        if (cleared != 0) {
            text += ", -" + Symbols.attributes(cleared);
        }
        return text + (propagation == 0 ? "" : ", " + Symbols.mount(propagation)) + "}";
    }
}
