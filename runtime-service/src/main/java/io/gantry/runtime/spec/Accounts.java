package io.gantry.runtime.spec;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The users and groups of an image: its /etc/passwd and /etc/group (passwd(5), group(5)). */
public record Accounts(List<User> users, List<Group> groups) {

    public Accounts {
        users = List.copyOf(users);
        groups = List.copyOf(groups);
    }

    /** A line of /etc/passwd. */
    public record User(String name, long uid, long gid, String home) {}

    /** A line of /etc/group. */
    public record Group(String name, long gid, List<String> members) {
        public Group {
            members = List.copyOf(members);
        }
    }

    /** An image with neither file. */
    public static Accounts none() {
        return new Accounts(List.of(), List.of());
    }

    /**
     * Reads both files as the C library does: fields at the end of a line may be missing, and what
     * has no ids says nothing. Read as 0, as other runtimes do, a broken id would make root.
     */
    public static Accounts parse(String passwd, String group) {
        List<User> users = new ArrayList<>();
        for (String line : passwd.lines().toList()) {
            User user = user(line.strip().split(":", -1));
            if (user != null) {
                users.add(user);
            }
        }
        List<Group> groups = new ArrayList<>();
        for (String line : group.lines().toList()) {
            Group found = group(line.strip().split(":", -1));
            if (found != null) {
                groups.add(found);
            }
        }
        return new Accounts(users, groups);
    }

    Optional<User> user(String name) {
        return users.stream().filter(user -> user.name().equals(name)).findFirst();
    }

    Optional<User> user(long uid) {
        return users.stream().filter(user -> user.uid() == uid).findFirst();
    }

    Optional<Group> group(String name) {
        return groups.stream().filter(group -> group.name().equals(name)).findFirst();
    }

    /** Ids of the groups that list a user. */
    List<Long> groupsOf(String name) {
        return groups.stream()
                .filter(group -> group.members().contains(name))
                .map(Group::gid)
                .toList();
    }

    private static @Nullable User user(String[] fields) {
        if (fields.length < 4) {
            return null;
        }
        Optional<Long> uid = number(fields[2]);
        Optional<Long> gid = number(fields[3]);
        return uid.isEmpty() || gid.isEmpty()
                ? null
                : new User(fields[0], uid.get(), gid.get(), fields.length > 5 ? fields[5] : "");
    }

    private static @Nullable Group group(String[] fields) {
        if (fields.length < 3) {
            return null;
        }
        List<String> members =
                Stream.of(fields)
                        .skip(3)
                        .limit(1)
                        .flatMap(listed -> Stream.of(listed.split(",", -1)))
                        .map(String::strip)
                        .filter(member -> !member.isEmpty())
                        .toList();
        return number(fields[2]).map(gid -> new Group(fields[0], gid, members)).orElse(null);
    }

    /** An id; empty when {@code text} is none. */
    static Optional<Long> number(String text) {
        boolean digits =
                !text.isEmpty()
                        && text.length() <= 10
                        && text.chars().allMatch(c -> c >= '0' && c <= '9');
        return digits ? Optional.of(Long.parseLong(text)) : Optional.empty();
    }
}
