package io.gantry.runtime.spec;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.runtime.bundle.ImageConfig;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.EnvVar;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a container executes, from client and image: arguments, environment, working directory. */
final class Command {

    static final String DEFAULT_PATH =
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private Command() {}

    /**
     * Arguments: the client's command replaces both of the image's lists, its arguments only the
     * second.
     *
     * @throws InvalidArgumentException when neither says anything
     */
    static List<String> args(ContainerConfig config, ImageConfig image) {
        List<String> args = new ArrayList<>();
        if (config.command().isEmpty()) {
            args.addAll(image.entrypoint());
            args.addAll(config.args().isEmpty() ? image.cmd() : config.args());
        } else {
            args.addAll(config.command());
            args.addAll(config.args());
        }
        if (args.isEmpty() || args.getFirst().isEmpty()) {
            throw new InvalidArgumentException(
                    "container "
                            + config.metadata().name()
                            + " has no command, and its image names none");
        }
        args.forEach(arg -> requireNoNul("argument", arg));
        return args;
    }

    /**
     * Environment; what comes later replaces what came earlier under the same name.
     *
     * @param hostname what the pod calls itself
     */
    static List<String> env(
            ContainerConfig config, ImageConfig image, String hostname, String home) {
        Map<String, String> env = new LinkedHashMap<>();
        put(env, DEFAULT_PATH);
        put(env, "HOSTNAME=" + hostname);
        if (config.tty()) {
            put(env, "TERM=xterm");
        }
        image.env().forEach(entry -> put(env, entry));
        for (EnvVar variable : config.envs()) {
            if (variable.name().isEmpty() || variable.name().contains("=")) {
                throw new InvalidArgumentException(
                        "environment variable name \"" + variable.name() + "\" is not valid");
            }
            put(env, variable.name() + "=" + variable.value());
        }
        env.putIfAbsent("HOME", "HOME=" + home);
        return List.copyOf(env.values());
    }

    /** The environment with entries NAME=value that replace others of the same name. */
    static List<String> merge(List<String> env, List<String> changes) {
        Map<String, String> merged = new LinkedHashMap<>();
        env.forEach(entry -> put(merged, entry));
        changes.forEach(entry -> put(merged, entry));
        return List.copyOf(merged.values());
    }

    /** Absolute working directory. */
    static String workingDir(ContainerConfig config, ImageConfig image) {
        String asked = config.workingDir().isEmpty() ? image.workingDir() : config.workingDir();
        requireNoNul("working directory", asked);
        return asked.startsWith("/") ? asked : "/" + asked;
    }

    private static void put(Map<String, String> env, String entry) {
        int end = entry.indexOf('=');
        requireNoNul("environment variable", entry);
        env.put(end < 0 ? entry : entry.substring(0, end), entry);
    }

    /** The kernel ends a string at the first NUL: what follows would be lost unseen. */
    private static void requireNoNul(String what, String text) {
        if (text.indexOf('\0') >= 0) {
            throw new InvalidArgumentException(
                    what + " \"" + text.substring(0, text.indexOf('\0')) + "\" holds a NUL");
        }
    }
}
