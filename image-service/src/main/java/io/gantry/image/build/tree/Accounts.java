package io.gantry.image.build.tree;

import io.gantry.base.error.NotFoundException;
import io.gantry.image.snapshot.LayerStack;
import io.gantry.linux.spec.Process.User;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The users and groups of a root file system, as passwd(5) and group(5) have them. Lines that are
 * malformed count for nothing.
 */
public final class Accounts {

    private static final int MAX_BYTES = 4 << 20;
    private static final int UMASK = 022;

    private final List<String[]> users;
    private final List<String[]> groups;

    private Accounts(List<String[]> users, List<String[]> groups) {
        this.users = users;
        this.groups = groups;
    }

    /** Reads them. */
    public static Accounts of(LayerStack stack) throws IOException {
        return stack.isEmpty()
                ? new Accounts(List.of(), List.of())
                : new Accounts(lines(stack, "/etc/passwd", 7), lines(stack, "/etc/group", 4));
    }

    private static List<String[]> lines(LayerStack stack, String path, int fields)
            throws IOException {
        List<String[]> lines = new ArrayList<>();
        byte[] text = stack.readFile(path, MAX_BYTES).orElse(new byte[0]);
        for (String line : new String(text, StandardCharsets.UTF_8).split("\n", -1)) {
            String[] parts = line.strip().split(":", -1);
            if (parts.length >= fields - 1 && parts.length > 2 && isId(parts[2])) {
                lines.add(parts);
            }
        }
        return lines;
    }

    /** Whether it has no user and no group. */
    public boolean isEmpty() {
        return users.isEmpty() && groups.isEmpty();
    }

    /**
     * The ids that a command runs with.
     *
     * @param text {@code user[:group]} by name or number; empty: root
     * @throws NotFoundException when a name is not there
     */
    public User user(String text) {
        int colon = text.indexOf(':');
        String given = colon < 0 ? text : text.substring(0, colon);
        String name = given.isEmpty() ? "0" : given;
        Optional<String[]> entry = entry(name, users);
        int uid = entry.map(it -> Integer.parseInt(it[2])).orElseGet(() -> number(name, "user"));
        if (colon >= 0 && colon + 1 < text.length()) {
            int gid = group(text.substring(colon + 1));
            return new User(uid, gid, List.of(gid), UMASK);
        }
        int gid = entry.filter(it -> isId(it[3])).map(it -> Integer.parseInt(it[3])).orElse(0);
        TreeSet<Integer> all = new TreeSet<>(List.of(gid));
        entry.ifPresent(
                it -> {
                    for (String[] group : groups) {
                        if (group.length > 3 && List.of(group[3].split(",", -1)).contains(it[0])) {
                            all.add(Integer.parseInt(group[2]));
                        }
                    }
                });
        return new User(uid, gid, List.copyOf(all), UMASK);
    }

    /**
     * The ids that files get by {@code --chown}: a user alone gives its number to the group, too.
     *
     * @throws NotFoundException when a name is not there
     */
    public TreeCopy.Changes.Owner owner(String text) {
        int colon = text.indexOf(':');
        String name = colon < 0 ? text : text.substring(0, colon);
        Optional<String[]> entry = isId(name) ? Optional.empty() : entry(name, users);
        int uid = entry.map(it -> Integer.parseInt(it[2])).orElseGet(() -> number(name, "user"));
        if (colon >= 0 && colon + 1 < text.length()) {
            return new TreeCopy.Changes.Owner(uid, group(text.substring(colon + 1)));
        }
        int gid = entry.filter(it -> isId(it[3])).map(it -> Integer.parseInt(it[3])).orElse(uid);
        return new TreeCopy.Changes.Owner(uid, gid);
    }

    /** The home directory of a user; {@code /} when there is none of that number. */
    public String home(int uid) {
        return users.stream()
                .filter(it -> Integer.parseInt(it[2]) == uid)
                .map(it -> it.length > 5 ? it[5] : "")
                .filter(it -> !it.isEmpty())
                .findFirst()
                .orElse(uid == 0 ? "/root" : "/");
    }

    private int group(String text) {
        return entry(text, groups)
                .map(it -> Integer.parseInt(it[2]))
                .orElseGet(() -> number(text, "group"));
    }

    /** By name, and else by number. */
    private static Optional<String[]> entry(String text, List<String[]> of) {
        return of.stream()
                .filter(it -> it[0].equals(text))
                .findFirst()
                .or(() -> of.stream().filter(it -> isId(text) && it[2].equals(text)).findFirst());
    }

    private static int number(String text, String what) {
        if (!isId(text)) {
            throw new NotFoundException(
                    "unable to find %s %s: no matching entry in the image's %s file"
                            .formatted(what, text, what.equals("user") ? "passwd" : "group"));
        }
        return Integer.parseInt(text);
    }

    private static boolean isId(String text) {
        return !text.isEmpty()
                && text.length() <= 10
                && text.chars().allMatch(c -> c >= '0' && c <= '9')
                && Long.parseLong(text) <= Integer.MAX_VALUE;
    }
}
