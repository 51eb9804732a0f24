package io.gantry.image.build.remote;

import io.gantry.base.error.InvalidArgumentException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A directory of a commit of a git repository: {@code URL#REF:DIRECTORY}, or with a query of {@code
 * ref}, {@code branch}, {@code tag}, {@code subdir}, {@code commit}, {@code keep-git-dir}, {@code
 * submodules} and {@code mtime}.
 *
 * @param remote as git takes it
 * @param ref a branch, a tag, a whole name below refs/ or a whole commit; empty: what the remote
 *     has as its HEAD
 * @param directory of the tree, relative and clean; empty: all of it
 * @param commit what the id of the commit begins with, if that is checked
 * @param keepsGit whether the repository itself comes along; empty: not said here
 * @param submodules whether those come along
 * @param commitTimes whether files are as old as the commit, rather than new
 */
public record GitAddress(
        String remote,
        String ref,
        String directory,
        Optional<String> commit,
        Optional<Boolean> keepsGit,
        boolean submodules,
        boolean commitTimes) {

    private static final Pattern WHOLE_COMMIT = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{7,64}");
    private static final Pattern REF =
            Pattern.compile("[^-\\s~^:?*\\[\\\\\\p{Cntrl}][^\\s~^:?*\\[\\\\\\p{Cntrl}]*");

    /** Of git@host:path. */
    private static final Pattern SCP = Pattern.compile("[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:[^?#]+");

    private static final Pattern WEB =
            Pattern.compile("https?://[^/?#]+/[^?#]*\\.git/?", Pattern.CASE_INSENSITIVE);
    private static final Pattern OTHER =
            Pattern.compile("(git|ssh)://[^/?#-][^/?#]*/[^?#]+", Pattern.CASE_INSENSITIVE);

    /** Reads one; empty when the text is no address of a repository. */
    public static Optional<GitAddress> parse(String text) {
        Matcher parts = Pattern.compile("([^?#]*)(?:\\?([^#]*))?(?:#(.*))?").matcher(text);
        if (!parts.matches()) {
            return Optional.empty();
        }
        String remote = parts.group(1);
        if (!isRemote(remote)) {
            return Optional.empty();
        }
        checkUrl(text, remote);
        Map<String, String> query = query(text, parts.group(2));
        String fragment = parts.group(3) == null ? "" : parts.group(3);
        int colon = fragment.indexOf(':');
        String ref = colon < 0 ? fragment : fragment.substring(0, colon);
        String directory = colon < 0 ? "" : fragment.substring(colon + 1);
        return Optional.of(
                new GitAddress(
                        remote,
                        ref(text, ref, query),
                        clean(text, one(text, "subdir", directory, query)),
                        commit(text, query),
                        Optional.ofNullable(query.get("keep-git-dir")).map(it -> flag(text, it)),
                        !query.containsKey("submodules") || flag(text, query.get("submodules")),
                        times(text, query.getOrDefault("mtime", "checkout"))));
    }

    /** The same of which the repository itself comes along. */
    public GitAddress keepingGit() {
        return new GitAddress(
                remote, ref, directory, commit, Optional.of(true), submodules, commitTimes);
    }

    /** The same with files as old as the commit. */
    public GitAddress datedByCommit() {
        return new GitAddress(remote, ref, directory, commit, keepsGit, submodules, true);
    }

    /** The same, of a commit whose id begins so. */
    public GitAddress of(String beginning) {
        String checked = beginning.toLowerCase(Locale.ROOT);
        if (!COMMIT.matcher(checked).matches()) {
            throw new InvalidArgumentException(
                    "invalid checksum '" + beginning + "': of git, it is that of a commit");
        }
        return new GitAddress(
                remote, ref, directory, Optional.of(checked), keepsGit, submodules, commitTimes);
    }

    /** Whether the ref is a whole commit, which needs not be looked up. */
    boolean isCommit() {
        return WHOLE_COMMIT.matcher(ref).matches();
    }

    /** Whether the remote is reached by ssh. */
    boolean isBySsh() {
        return remote.toLowerCase(Locale.ROOT).startsWith("ssh://")
                || SCP.matcher(remote).matches();
    }

    /** The remote without what may be secret. */
    public String shown() {
        return remote.replaceFirst("^([a-zA-Z]+://)[^/@]*@", "$1");
    }

    private static boolean isRemote(String remote) {
        return WEB.matcher(remote).matches()
                || OTHER.matcher(remote).matches()
                || (!remote.contains("://") && SCP.matcher(remote).matches());
    }

    private static void checkUrl(String text, String remote) {
        try {
            if (remote.contains("://") && new URI(remote).getHost() == null) {
                throw wrong(text, "it has no host");
            }
        } catch (URISyntaxException e) {
            throw wrong(text, e.getReason());
        }
    }

    private static Map<String, String> query(String text, String query) {
        Map<String, String> values = new LinkedHashMap<>();
        if (query == null || query.isEmpty()) {
            return values;
        }
        List<String> known =
                List.of(
                        "ref",
                        "branch",
                        "tag",
                        "subdir",
                        "commit",
                        "checksum",
                        "keep-git-dir",
                        "submodules",
                        "mtime");
        for (String each : query.split("&", -1)) {
            int equals = each.indexOf('=');
            String key = decode(text, equals < 0 ? each : each.substring(0, equals));
            String value = equals < 0 ? "" : decode(text, each.substring(equals + 1));
            if (!known.contains(key)) {
                throw wrong(text, "unexpected query '" + key + "'");
            }
            if (values.put(key, value) != null) {
                throw wrong(text, "'" + key + "' is there twice");
            }
        }
        return values;
    }

    private static String decode(String text, String part) {
        try {
            return URLDecoder.decode(part, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw wrong(text, "'" + part + "' is badly escaped");
        }
    }

    private static String ref(String text, String fragment, Map<String, String> query) {
        String ref = one(text, "ref", fragment, query);
        String tag = query.getOrDefault("tag", "");
        String branch = query.getOrDefault("branch", "");
        int said = (ref.isEmpty() ? 0 : 1) + (tag.isEmpty() ? 0 : 1) + (branch.isEmpty() ? 0 : 1);
        if (said > 1) {
            throw wrong(text, "ref, tag and branch exclude each other");
        }
        String all = tag.isEmpty() ? ref : "refs/tags/" + tag;
        all = branch.isEmpty() ? all : "refs/heads/" + branch;
        if (!all.isEmpty() && (!REF.matcher(all).matches() || all.contains(".."))) {
            throw wrong(text, "'" + all + "' is no ref");
        }
        return all;
    }

    private static String one(String text, String key, String fragment, Map<String, String> query) {
        String other = query.getOrDefault(key, "");
        if (!fragment.isEmpty() && !other.isEmpty() && !fragment.equals(other)) {
            throw wrong(text, key + " conflicts with '" + fragment + "'");
        }
        return other.isEmpty() ? fragment : other;
    }

    private static Optional<String> commit(String text, Map<String, String> query) {
        String commit = query.getOrDefault("commit", query.getOrDefault("checksum", ""));
        String lower = commit.toLowerCase(Locale.ROOT);
        if (!commit.isEmpty() && !COMMIT.matcher(lower).matches()) {
            throw wrong(text, "'" + commit + "' is no commit");
        }
        return commit.isEmpty() ? Optional.empty() : Optional.of(lower);
    }

    private static String clean(String text, String directory) {
        StringBuilder clean = new StringBuilder();
        for (String each : directory.split("/", -1)) {
            if (each.equals("..")) {
                throw wrong(text, "'" + directory + "' leads out of the repository");
            }
            if (!each.isEmpty() && !each.equals(".")) {
                clean.append(clean.isEmpty() ? "" : "/").append(each);
            }
        }
        return clean.toString();
    }

    private static boolean flag(String text, String value) {
        return switch (value) {
            case "", "1", "true" -> true;
            case "0", "false" -> false;
            default -> throw wrong(text, "'" + value + "' is not true or false");
        };
    }

    private static boolean times(String text, String value) {
        return switch (value) {
            case "checkout" -> false;
            case "commit" -> true;
            default -> throw wrong(text, "mtime '" + value + "' is not checkout or commit");
        };
    }

    private static InvalidArgumentException wrong(String text, String why) {
        String shown = text.replaceFirst("^([a-zA-Z]+://)[^/@]*@", "$1");
        return new InvalidArgumentException("invalid git address '" + shown + "': " + why);
    }
}
