package io.gantry.linux.mount;

import static io.gantry.linux.syscall.MountFlags.*;

import io.gantry.base.error.InvalidArgumentException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Mount options sorted by how the kernel takes them. The names are those of the OCI runtime
 * specification (config.md, "Linux mount options").
 *
 * @param bind a bind mount
 * @param recursive together with all mounts below, for a bind mount
 * @param flags MS_ flags to set
 * @param cleared MS_ flags to clear, as by rw and exec
 * @param propagation MS_PRIVATE and the like, with MS_REC; 0: not said
 * @param recursiveSet MOUNT_ATTR_ flags to set on the mount and all below
 * @param recursiveCleared MOUNT_ATTR_ flags to clear on the mount and all below
 * @param idmapping what is seen with the ids of the container's user namespace
 * @param data options of the file system, in order
 */
public record MountOptions(
        boolean bind,
        boolean recursive,
        long flags,
        long cleared,
        long propagation,
        long recursiveSet,
        long recursiveCleared,
        IdMapping idmapping,
        List<String> data) {

    /** The mounts that are idmapped: none, the one itself, or all below it as well. */
    public enum IdMapping {
        NONE,
        ONE,
        TREE
    }

    private static final Map<String, Long> SET = new TreeMap<>();
    private static final Map<String, Long> CLEAR = new TreeMap<>();
    private static final Map<String, Long> PROPAGATION = new TreeMap<>();
    private static final Map<String, Long> RECURSIVE_SET = new TreeMap<>();
    private static final Map<String, Long> RECURSIVE_CLEAR = new TreeMap<>();

    /** Flags of a mount rather than of its file system, with the attribute that each is. */
    private static final long[][] ATTRIBUTES = {
        {MS_RDONLY, MOUNT_ATTR_RDONLY},
        {MS_NOSUID, MOUNT_ATTR_NOSUID},
        {MS_NODEV, MOUNT_ATTR_NODEV},
        {MS_NOEXEC, MOUNT_ATTR_NOEXEC},
        {MS_NODIRATIME, MOUNT_ATTR_NODIRATIME},
        {MS_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW},
        {MS_NOATIME, MOUNT_ATTR_NOATIME},
        {MS_STRICTATIME, MOUNT_ATTR_STRICTATIME},
    };

    private static final long ATIME = MS_NOATIME | MS_RELATIME | MS_STRICTATIME;

    static {
        pair("ro", "rw", MS_RDONLY, MOUNT_ATTR_RDONLY);
        pair("nosuid", "suid", MS_NOSUID, MOUNT_ATTR_NOSUID);
        pair("nodev", "dev", MS_NODEV, MOUNT_ATTR_NODEV);
        pair("noexec", "exec", MS_NOEXEC, MOUNT_ATTR_NOEXEC);
        pair("nodiratime", "diratime", MS_NODIRATIME, MOUNT_ATTR_NODIRATIME);
        pair("noatime", "atime", MS_NOATIME, MOUNT_ATTR_NOATIME);
        pair("strictatime", "nostrictatime", MS_STRICTATIME, MOUNT_ATTR_STRICTATIME);
        pair("relatime", "norelatime", MS_RELATIME, MOUNT_ATTR_RELATIME);
        pair("nosymfollow", "symfollow", MS_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW);
        superblock("sync", "async", MS_SYNCHRONOUS);
        superblock("dirsync", "nodirsync", MS_DIRSYNC);
        superblock("lazytime", "nolazytime", MS_LAZYTIME);
        superblock("mand", "nomand", MS_MANDLOCK);
        superblock("silent", "loud", MS_SILENT);
        superblock("iversion", "noiversion", MS_I_VERSION);
        propagation("private", MS_PRIVATE);
        propagation("shared", MS_SHARED);
        propagation("slave", MS_SLAVE);
        propagation("unbindable", MS_UNBINDABLE);
    }

    public MountOptions {
        data = List.copyOf(data);
    }

    /**
     * Sorts options; a later one overrides an earlier one that contradicts it.
     *
     * @throws InvalidArgumentException on an option that is known but not supported
     */
    public static MountOptions parse(List<String> options) {
        Parser parser = new Parser();
        options.forEach(parser::accept);
        return parser.result();
    }

    /**
     * {@code flags} as MOUNT_ATTR_ flags of mount_setattr(2) and fsmount(2); those of the file
     * system are left out.
     */
    public long attributes() {
        return attributesOf(flags);
    }

    /** {@code cleared} as MOUNT_ATTR_ flags; all of atime when {@code flags} sets one of them. */
    public long clearedAttributes() {
        long atime = ((flags | cleared) & ATIME) != 0 ? MOUNT_ATTR__ATIME : 0;
        return (attributesOf(cleared) & ~MOUNT_ATTR__ATIME) | atime;
    }

    /** {@code data} as the last argument of mount(2). */
    public String dataText() {
        return String.join(",", data);
    }

    private static long attributesOf(long flags) {
        long attributes = 0;
        for (long[] pair : ATTRIBUTES) {
            if ((flags & pair[0]) != 0) {
                attributes |= pair[1];
            }
        }
        return attributes;
    }

    private static void pair(String on, String off, long flag, long attribute) {
        superblock(on, off, flag);
        RECURSIVE_SET.put("r" + on, attribute);
        RECURSIVE_CLEAR.put("r" + off, attribute);
    }

    private static void superblock(String on, String off, long flag) {
        SET.put(on, flag);
        CLEAR.put(off, flag);
    }

    private static void propagation(String name, long flag) {
        PROPAGATION.put(name, flag);
        PROPAGATION.put("r" + name, flag | MS_REC);
    }

    private static final class Parser {
        private boolean bind;
        private boolean recursive;
        private long flags;
        private long cleared;
        private long propagation;
        private long recursiveSet;
        private long recursiveCleared;
        private IdMapping idmapping = IdMapping.NONE;
        private final List<String> data = new ArrayList<>();

        void accept(String option) {
            switch (option) {
                case "", "defaults" -> {}
                case "bind" -> bind = true;
                case "rbind" -> {
                    bind = true;
                    recursive = true;
                }
                case "idmap" -> idmapping = IdMapping.ONE;
                case "ridmap" -> idmapping = IdMapping.TREE;
                case "tmpcopyup", "remount" ->
                        throw new InvalidArgumentException(
                                "mount option " + option + " is not supported");
                default -> acceptFlag(option);
            }
        }

        private void acceptFlag(String option) {
            if (SET.containsKey(option)) {
                long flag = SET.getOrDefault(option, 0L);
                flags = ((flag & ATIME) != 0 ? flags & ~ATIME : flags) | flag;
                cleared &= ~flag;
            } else if (CLEAR.containsKey(option)) {
                long flag = CLEAR.getOrDefault(option, 0L);
                flags &= ~flag;
                cleared |= flag;
            } else if (PROPAGATION.containsKey(option)) {
                propagation = PROPAGATION.getOrDefault(option, 0L);
            } else if (RECURSIVE_SET.containsKey(option)) {
                setRecursively(option, RECURSIVE_SET.getOrDefault(option, 0L));
            } else if (RECURSIVE_CLEAR.containsKey(option)) {
                long attribute = RECURSIVE_CLEAR.getOrDefault(option, 0L);
                recursiveSet &= ~attribute;
                recursiveCleared |= clearable(option, attribute);
            } else {
                data.add(option);
            }
        }

        private void setRecursively(String option, long attribute) {
            recursiveSet |= attribute;
            long clears = clearable(option, attribute);
            // The kernel wants all of atime cleared before one of its values is set.
            recursiveCleared =
                    clears == MOUNT_ATTR__ATIME
                            ? recursiveCleared | clears
                            : recursiveCleared & ~attribute;
        }

        private static long clearable(String option, long attribute) {
            return option.endsWith("atime") && !option.endsWith("diratime")
                    ? MOUNT_ATTR__ATIME
                    : attribute;
        }

        MountOptions result() {
            return new MountOptions(
                    bind,
                    recursive,
                    flags,
                    cleared,
                    propagation,
                    recursiveSet,
                    recursiveCleared,
                    idmapping,
                    data);
        }
    }
}
