package io.gantry.image.build.remote;

import io.gantry.base.Deadline;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.NotFoundException;
import io.gantry.base.error.PermissionDeniedException;
import io.gantry.image.build.api.ClientOffers;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Repositories as git fetches them, with what the client offers to prove itself: the secret {@code
 * GIT_AUTH_TOKEN} or {@code GIT_AUTH_HEADER}, with {@code .HOST} behind it or not, and for ssh its
 * agent. Used by one thread.
 */
public final class GitRepositories {

    private final ClientOffers offers;
    private final Deadline deadline;

    public GitRepositories(ClientOffers offers, Deadline deadline) {
        this.offers = offers;
        this.deadline = deadline;
    }

    /**
     * A commit of a repository.
     *
     * @param ref the whole name that it was found by; empty: it was asked for by its id
     */
    public record Commit(String id, String ref) {}

    /**
     * Finds the commit that an address means.
     *
     * @param directory any, which git runs in
     * @throws NotFoundException when there is no such ref
     * @throws FailedPreconditionException when the repository cannot be asked, or the commit is not
     *     the expected one
     */
    public Commit resolve(GitAddress address, Path directory) {
        Commit commit =
                address.isCommit()
                        ? new Commit(address.ref(), "")
                        : pick(address, references(address, directory));
        address.commit()
                .filter(it -> !commit.id.startsWith(it))
                .ifPresent(
                        it -> {
                            throw new FailedPreconditionException(
                                    "expected checksum to match %s, got %s"
                                            .formatted(it, commit.id));
                        });
        return commit;
    }

    private Map<String, String> references(GitAddress address, Path directory) {
        String ref = address.ref().isEmpty() ? "HEAD" : address.ref();
        String said =
                program(address)
                        .run(directory, "ls-remote", "--", address.remote(), ref, ref + "^{}");
        Map<String, String> ids = new LinkedHashMap<>();
        for (String line : said.split("\n", -1)) {
            String[] parts = line.split("\t", 2);
            if (parts.length == 2) {
                ids.put(parts[1].strip(), parts[0]);
            }
        }
        return ids;
    }

    /** Tags go before branches, and what they point to before themselves. */
    private static Commit pick(GitAddress address, Map<String, String> ids) {
        String ref = address.ref().isEmpty() ? "HEAD" : address.ref();
        for (String name : List.of(ref, "refs/tags/" + ref, "refs/heads/" + ref)) {
            String id = ids.getOrDefault(name + "^{}", ids.get(name));
            if (id != null) {
                return new Commit(id, name);
            }
        }
        throw new NotFoundException(
                "repository " + address.shown() + " has no ref \"" + address.ref() + "\"");
    }

    /**
     * Checks a commit out into an empty directory, with the repository itself in {@code .git}.
     *
     * @throws FailedPreconditionException when it cannot be fetched
     */
    public void checkout(GitAddress address, Commit commit, Path directory) {
        GitProgram git = program(address);
        git.run(directory, "init", "-q", "--template=", "--initial-branch=fetched");
        git.run(directory, "remote", "add", "origin", "--", address.remote());
        fetch(git, commit, directory);
        git.run(directory, "checkout", "-q", "--force", "--detach", commit.id);
        if (address.submodules() && directory.resolve(".gitmodules").toFile().isFile()) {
            git.run(directory, "submodule", "-q", "update", "--init", "--recursive", "--depth=1");
        }
    }

    /** The seconds since the epoch at which the commit of a working tree was made. */
    public long time(GitAddress address, Path directory) {
        String said = program(address).run(directory, "log", "-1", "--format=%ct");
        try {
            return Long.parseLong(said.strip());
        } catch (NumberFormatException e) {
            throw new FailedPreconditionException("git tells no time of the commit", e);
        }
    }

    /**
     * Not every server serves a part of the history, or a commit by its id: then all is fetched.
     */
    private static void fetch(GitProgram git, Commit commit, Path directory) {
        String wanted = commit.ref.isEmpty() ? commit.id : commit.ref;
        try {
            git.run(directory, "fetch", "-q", "--depth=1", "--no-tags", "origin", wanted);
            git.run(directory, "cat-file", "-e", commit.id + "^{commit}");
        } catch (FailedPreconditionException e) {
            try {
                git.run(directory, "fetch", "-q", "--tags", "origin", "+refs/*:refs/remotes/all/*");
                git.run(directory, "cat-file", "-e", commit.id + "^{commit}");
            } catch (FailedPreconditionException again) {
                again.addSuppressed(e);
                throw again;
            }
        }
    }

    private GitProgram program(GitAddress address) {
        Map<String, String> environment = new LinkedHashMap<>();
        if (address.isBySsh()) {
            Path agent =
                    offers.sshAgent("default", deadline)
                            .orElseThrow(
                                    () ->
                                            new PermissionDeniedException(
                                                    address.shown()
                                                            + " is reached by ssh, and no agent was"
                                                            + " offered: --ssh default"));
            environment.put("SSH_AUTH_SOCK", agent.toString());
        } else if (address.remote().startsWith("http")) {
            header(address).ifPresent(it -> configure(address, it, environment));
        }
        return new GitProgram(environment, deadline);
    }

    /** By the environment, since arguments are for all to see. */
    private static void configure(
            GitAddress address, String header, Map<String, String> environment) {
        URI url = URI.create(address.remote());
        environment.put("GIT_CONFIG_COUNT", "1");
        environment.put(
                "GIT_CONFIG_KEY_0",
                "http." + url.getScheme() + "://" + url.getRawAuthority() + "/.extraheader");
        environment.put("GIT_CONFIG_VALUE_0", "Authorization: " + header);
    }

    private Optional<String> header(GitAddress address) {
        String host = URI.create(address.remote()).getHost();
        List<String> ids = new ArrayList<>();
        ids.add("GIT_AUTH_HEADER." + host);
        ids.add("GIT_AUTH_TOKEN." + host);
        ids.add("GIT_AUTH_HEADER");
        ids.add("GIT_AUTH_TOKEN");
        for (String id : ids) {
            Optional<byte[]> secret = offers.secret(id, deadline);
            if (secret.isPresent()) {
                String text = new String(secret.get(), StandardCharsets.UTF_8).strip();
                return Optional.of(id.startsWith("GIT_AUTH_HEADER") ? text : basic(text));
            }
        }
        return Optional.empty();
    }

    private static String basic(String token) {
        byte[] pair = ("x-access-token:" + token).getBytes(StandardCharsets.UTF_8);
        return "basic " + Base64.getEncoder().encodeToString(pair);
    }
}
