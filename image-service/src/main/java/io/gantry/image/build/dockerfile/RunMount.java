package io.gantry.image.build.dockerfile;

import java.util.Optional;

/**
 * What is mounted while a RUN executes, and no part of its layer. A target that is not absolute is
 * below the working directory.
 */
public sealed interface RunMount {

    /**
     * A directory or file of the build's context, a stage, a named context or an image.
     *
     * @param from where the source is; empty: the build's context
     * @param source within it; empty: its root
     * @param target empty: the working directory
     * @param readOnly otherwise writes are possible and thrown away
     */
    record Bind(Optional<String> from, String source, String target, boolean readOnly)
            implements RunMount {}

    /**
     * A directory that outlives the build.
     *
     * @param id which one; empty: as the target is named
     * @param from where its first content is; empty: nowhere
     * @param source within that
     * @param owner of a directory that is made
     */
    record Cache(
            Optional<String> id,
            String target,
            Sharing sharing,
            boolean readOnly,
            Optional<String> from,
            String source,
            Owner owner)
            implements RunMount {}

    /**
     * Memory.
     *
     * @param size in bytes at most; 0: no limit of its own
     */
    record Tmpfs(String target, long size) implements RunMount {}

    /**
     * A secret of the client, as a file, a variable or both.
     *
     * @param target of the file; empty: {@code /run/secrets/} and the last part of the id, or no
     *     file when there is a variable
     * @param env name of the variable
     * @param required whether the build fails without
     */
    record Secret(
            String id, Optional<String> target, Optional<String> env, boolean required, Owner owner)
            implements RunMount {}

    /**
     * The socket of an SSH agent of the client.
     *
     * @param target empty: {@code /run/buildkit/ssh_agent.N}
     */
    record Ssh(String id, Optional<String> target, boolean required, Owner owner)
            implements RunMount {}

    /** The mode, user and group of what is made for a mount. */
    record Owner(int mode, long uid, long gid) {}

    /** Who may use a cache at a time. */
    enum Sharing {
        /** All at once. */
        SHARED,
        /** One each: who finds it in use gets another. */
        PRIVATE,
        /** One after the other. */
        LOCKED
    }
}
