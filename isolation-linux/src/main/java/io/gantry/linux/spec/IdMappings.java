package io.gantry.linux.spec;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.spec.LinuxSpec.IdMapping;
import java.util.List;

/**
 * Which ids of the host those of a user namespace are (user_namespaces(7)).
 *
 * @param uids ranges, none of which overlap
 * @param gids ranges, none of which overlap
 */
public record IdMappings(List<IdMapping> uids, List<IdMapping> gids) {

    /** Of what has no user namespace: every id is that of the host. */
    public static final IdMappings NONE = new IdMappings(List.of(), List.of());

    public IdMappings {
        uids = List.copyOf(uids);
        gids = List.copyOf(gids);
    }

    /** Whether there is no user namespace. */
    public boolean isEmpty() {
        return uids.isEmpty() && gids.isEmpty();
    }

    /**
     * The host's id of a user.
     *
     * @throws InvalidArgumentException when the namespace does not have it
     */
    public long hostUid(long uid) {
        return isEmpty() ? uid : host("user", uid, uids);
    }

    /**
     * The host's id of a group.
     *
     * @throws InvalidArgumentException when the namespace does not have it
     */
    public long hostGid(long gid) {
        return isEmpty() ? gid : host("group", gid, gids);
    }

    /** As the kernel takes ranges in /proc/PID/uid_map and gid_map. */
    public static String lines(List<IdMapping> ranges) {
        StringBuilder lines = new StringBuilder();
        for (IdMapping range : ranges) {
            lines.append(range.containerId()).append(' ').append(range.hostId());
            lines.append(' ').append(range.size()).append('\n');
        }
        return lines.toString();
    }

    private static long host(String kind, long id, List<IdMapping> ranges) {
        for (IdMapping range : ranges) {
            long offset = id - range.containerId();
            if (offset >= 0 && offset < range.size()) {
                return range.hostId() + offset;
            }
        }
        throw new InvalidArgumentException(
                kind
                        + " "
                        + id
                        + " is not in the pod's user namespace, which has "
                        + String.join(", ", ranges.stream().map(IdMappings::shown).toList()));
    }

    private static String shown(IdMapping range) {
        return range.containerId() + " to " + (range.containerId() + range.size() - 1);
    }
}
