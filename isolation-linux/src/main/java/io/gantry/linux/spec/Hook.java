package io.gantry.linux.spec;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A program that an OCI runtime runs at a point of a container's life.
 *
 * @param stage when: as createRuntime or poststop
 * @param path of the program, absolute
 * @param args argv, the program's name included; empty: the path alone
 * @param env as NAME=value; nothing else is in its environment
 * @param timeout seconds after which it is killed and has failed; null: none
 */
public record Hook(
        String stage, String path, List<String> args, List<String> env, @Nullable Integer timeout) {
    public Hook {
        args = List.copyOf(args);
        env = List.copyOf(env);
    }
}
