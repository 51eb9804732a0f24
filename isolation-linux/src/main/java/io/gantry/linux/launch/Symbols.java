package io.gantry.linux.launch;

import io.gantry.linux.syscall.CloneFlags;
import io.gantry.linux.syscall.MountFlags;
import io.gantry.linux.syscall.OpenFlags;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How listings show flags, strings and lists. */
final class Symbols {

    private static final int LONGEST = 120;

    private static final Map<Long, String> OPEN = new LinkedHashMap<>();
    private static final Map<Long, String> RESOLVE = new LinkedHashMap<>();
    private static final Map<Long, String> MOUNT = new LinkedHashMap<>();
    private static final Map<Long, String> ATTRIBUTE = new LinkedHashMap<>();
    private static final Map<Long, String> CLONE = new LinkedHashMap<>();

    static {
        OPEN.put((long) OpenFlags.O_WRONLY, "O_WRONLY");
        OPEN.put((long) OpenFlags.O_RDWR, "O_RDWR");
        OPEN.put((long) OpenFlags.O_CREAT, "O_CREAT");
        OPEN.put((long) OpenFlags.O_NOCTTY, "O_NOCTTY");
        OPEN.put((long) OpenFlags.O_DIRECTORY, "O_DIRECTORY");
        OPEN.put((long) OpenFlags.O_NOFOLLOW, "O_NOFOLLOW");
        OPEN.put((long) OpenFlags.O_PATH, "O_PATH");
        OPEN.put((long) OpenFlags.O_CLOEXEC, "O_CLOEXEC");

        RESOLVE.put(OpenFlags.RESOLVE_NO_SYMLINKS, "RESOLVE_NO_SYMLINKS");
        RESOLVE.put(OpenFlags.RESOLVE_IN_ROOT, "RESOLVE_IN_ROOT");

        MOUNT.put(MountFlags.MS_RDONLY, "MS_RDONLY");
        MOUNT.put(MountFlags.MS_NOSUID, "MS_NOSUID");
        MOUNT.put(MountFlags.MS_NODEV, "MS_NODEV");
        MOUNT.put(MountFlags.MS_NOEXEC, "MS_NOEXEC");
        MOUNT.put(MountFlags.MS_REMOUNT, "MS_REMOUNT");
        MOUNT.put(MountFlags.MS_NOATIME, "MS_NOATIME");
        MOUNT.put(MountFlags.MS_BIND, "MS_BIND");
        MOUNT.put(MountFlags.MS_REC, "MS_REC");
        MOUNT.put(MountFlags.MS_UNBINDABLE, "MS_UNBINDABLE");
        MOUNT.put(MountFlags.MS_PRIVATE, "MS_PRIVATE");
        MOUNT.put(MountFlags.MS_SLAVE, "MS_SLAVE");
        MOUNT.put(MountFlags.MS_SHARED, "MS_SHARED");
        MOUNT.put(MountFlags.MS_RELATIME, "MS_RELATIME");
        MOUNT.put(MountFlags.MS_STRICTATIME, "MS_STRICTATIME");

        ATTRIBUTE.put(MountFlags.MOUNT_ATTR_RDONLY, "RDONLY");
        ATTRIBUTE.put(MountFlags.MOUNT_ATTR_NOSUID, "NOSUID");
        ATTRIBUTE.put(MountFlags.MOUNT_ATTR_NODEV, "NODEV");
        ATTRIBUTE.put(MountFlags.MOUNT_ATTR_NOEXEC, "NOEXEC");
        ATTRIBUTE.put(MountFlags.MOUNT_ATTR_NOATIME, "NOATIME");
        ATTRIBUTE.put(MountFlags.MOUNT_ATTR_STRICTATIME, "STRICTATIME");
        ATTRIBUTE.put(MountFlags.MOUNT_ATTR_NODIRATIME, "NODIRATIME");
        ATTRIBUTE.put(MountFlags.MOUNT_ATTR_IDMAP, "IDMAP");
        ATTRIBUTE.put(MountFlags.MOUNT_ATTR_NOSYMFOLLOW, "NOSYMFOLLOW");

        CLONE.put(CloneFlags.CLONE_NEWNS, "CLONE_NEWNS");
        CLONE.put(CloneFlags.CLONE_NEWCGROUP, "CLONE_NEWCGROUP");
        CLONE.put(CloneFlags.CLONE_NEWUTS, "CLONE_NEWUTS");
        CLONE.put(CloneFlags.CLONE_NEWIPC, "CLONE_NEWIPC");
        CLONE.put(CloneFlags.CLONE_NEWUSER, "CLONE_NEWUSER");
        CLONE.put(CloneFlags.CLONE_NEWPID, "CLONE_NEWPID");
        CLONE.put(CloneFlags.CLONE_NEWNET, "CLONE_NEWNET");
    }

    private Symbols() {}

    static String open(long flags) {
        return flags == 0 ? "O_RDONLY" : names(flags, OPEN);
    }

    static String resolve(long flags) {
        return names(flags, RESOLVE);
    }

    static String mount(long flags) {
        return names(flags, MOUNT);
    }

    static String attributes(long flags) {
        return names(flags, ATTRIBUTE);
    }

    static String namespaces(long flags) {
        return names(flags, CLONE);
    }

    /** In quotes, shortened in the middle when it is long. */
    static String quoted(String text) {
        String plain = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\"", "\\\"");
        if (plain.length() > LONGEST) {
            int half = LONGEST / 2;
            plain = plain.substring(0, half) + "…" + plain.substring(plain.length() - half);
        }
        return '"' + plain + '"';
    }

    static String list(List<String> shown) {
        return "[" + String.join(", ", shown) + "]";
    }

    private static String names(long flags, Map<Long, String> known) {
        List<String> names = new ArrayList<>();
        long rest = flags;
        for (Map.Entry<Long, String> entry : known.entrySet()) {
            if ((rest & entry.getKey()) == entry.getKey()) {
                names.add(entry.getValue());
                rest &= ~entry.getKey();
            }
        }
        if (rest != 0 || names.isEmpty()) {
            names.add(rest == 0 ? "0" : "0x" + Long.toHexString(rest));
        }
        return String.join("|", names);
    }
}
