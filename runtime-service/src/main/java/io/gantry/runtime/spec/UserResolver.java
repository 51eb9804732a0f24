package io.gantry.runtime.spec;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.runtime.container.ContainerSecurity;
import io.gantry.runtime.pod.SupplementalGroupsPolicy;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Finds the ids that a process gets from names, numbers and the image's accounts. */
final class UserResolver {

    /** The largest id; the one after it means "none" to the kernel. */
    private static final long MAX_ID = 0xffff_fffeL;

    private final Accounts accounts;

    UserResolver(Accounts accounts) {
        this.accounts = accounts;
    }

    /**
     * Ids of a process.
     *
     * @param groups all of them, the primary first
     * @param home directory of the user; / where the image does not say
     */
    record Resolved(long uid, long gid, List<Long> groups, String home) {
        Resolved {
            groups = List.copyOf(groups);
        }
    }

    /**
     * The user of a container: what the client says, else what the image says, else root.
     *
     * @throws InvalidArgumentException naming a user or group that the image does not know, or a
     *     group without a user
     */
    Resolved resolve(ContainerSecurity security, String imageUser) {
        Long group = security.runAsGroup();
        String user = asked(security);
        if (user.isEmpty()) {
            if (group != null) {
                throw new InvalidArgumentException(
                        "run_as_group " + group + " is set without run_as_user");
            }
            user = imageUser;
        } else if (group != null) {
            user = user + ":" + group;
        }
        return resolve(user, security.supplementalGroups(), security.supplementalGroupsPolicy());
    }

    private static String asked(ContainerSecurity security) {
        Long uid = security.runAsUser();
        return uid == null ? security.runAsUsername() : uid.toString();
    }

    /**
     * A user written as name, uid, name:group or uid:gid; empty is root.
     *
     * @throws InvalidArgumentException naming a user or group that the image does not know
     */
    Resolved resolve(String text, List<Long> supplemental, SupplementalGroupsPolicy policy) {
        int colon = text.indexOf(':');
        String userText = colon < 0 ? text : text.substring(0, colon);
        String groupText = colon < 0 ? "" : text.substring(colon + 1);
        Optional<Accounts.User> entry = find(userText);
        long uid = entry.map(Accounts.User::uid).orElseGet(() -> id("user", userText));
        long gid =
                groupText.isEmpty() ? entry.map(Accounts.User::gid).orElse(0L) : group(groupText);
        Set<Long> groups = new LinkedHashSet<>();
        groups.add(gid);
        if (policy == SupplementalGroupsPolicy.MERGE) {
            entry.ifPresent(user -> groups.addAll(accounts.groupsOf(user.name())));
        }
        supplemental.forEach(extra -> groups.add(checked("supplemental group", extra)));
        String home = entry.map(Accounts.User::home).filter(h -> !h.isEmpty()).orElse("/");
        return new Resolved(
                checked("user", uid), checked("group", gid), new ArrayList<>(groups), home);
    }

    /** The user's line in /etc/passwd; a number needs none. */
    private Optional<Accounts.User> find(String user) {
        if (user.isEmpty()) {
            return accounts.user(0);
        }
        Optional<Long> uid = Accounts.number(user);
        return uid.isPresent() ? accounts.user(uid.get()) : accounts.user(user);
    }

    private static long id(String kind, String text) {
        if (text.isEmpty()) {
            return 0;
        }
        return Accounts.number(text)
                .orElseThrow(
                        () ->
                                new InvalidArgumentException(
                                        kind
                                                + " \""
                                                + text
                                                + "\" is not in the image's /etc/"
                                                + (kind.equals("user") ? "passwd" : "group")));
    }

    private long group(String text) {
        return accounts.group(text).map(Accounts.Group::gid).orElseGet(() -> id("group", text));
    }

    private static long checked(String kind, long id) {
        if (id < 0 || id > MAX_ID) {
            throw new InvalidArgumentException(kind + " id " + id + " is out of range");
        }
        return id;
    }
}
