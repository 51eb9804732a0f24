package io.gantry.image.service;

import io.gantry.base.Deadline;
import io.gantry.base.Tasks;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.InternalException;
import io.gantry.image.build.api.Step;
import io.gantry.image.build.api.StepMount;
import io.gantry.image.build.api.StepRunner;
import io.gantry.linux.spec.SpecMount;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * Executes steps as root in mount and process namespaces of their own, by the commands that every
 * system has. Less confined than a container, but as real.
 */
final class ProcessStepRunner implements StepRunner {

    private final Path directory;
    private final AtomicInteger runs = new AtomicInteger();

    ProcessStepRunner(Path directory) {
        this.directory = directory;
    }

    /** How many steps were executed so far. */
    int runs() {
        return runs.get();
    }

    @Override
    public int run(Step step, StepOutput output, Deadline deadline) {
        runs.incrementAndGet();
        try {
            Path at = Files.createTempDirectory(directory, "step");
            Path root = Files.createDirectory(at.resolve("root"));
            Process process = start(step, at, root);
            Thread reader = Tasks.start("step-output", () -> copy(process, output));
            try {
                int status = process.waitFor();
                reader.join();
                return status;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancelledException("interrupted", e);
            } finally {
                process.destroyForcibly().onExit().join();
            }
        } catch (IOException e) {
            throw new InternalException("cannot execute: " + e.getMessage(), e);
        }
    }

    @Override
    public void finish(String build) {
        // Every step has namespaces of its own.
    }

    private static void copy(Process process, StepOutput output) {
        byte[] buffer = new byte[4096];
        try (InputStream out = process.getInputStream()) {
            for (int got = out.read(buffer); got >= 0; got = out.read(buffer)) {
                output.write(false, buffer, 0, got);
            }
        } catch (IOException e) {
            throw new InternalException("cannot read what a step writes", e);
        }
    }

    private static Process start(Step step, Path at, Path root) throws IOException {
        StringBuilder script = new StringBuilder("set -e\n/bin/mount --make-rprivate /\n");
        step.rootfs().forEach(each -> script.append(mount(each, root.toString())));
        script.append("/bin/mount -t proc proc " + root + "/proc\n");
        script.append(
                "/bin/mount -t tmpfs dev " + root + "/dev\n/bin/mkdir " + root + "/dev/pipes\n");
        int number = 0;
        for (StepMount mount : step.mounts()) {
            script.append(mount(mount, at.resolve("m" + number++), root));
        }
        String groups =
                step.user().additionalGids().stream()
                        .map(String::valueOf)
                        .collect(Collectors.joining(","));
        script.append("exec /usr/sbin/chroot --userspec=")
                .append(step.user().uid() + ":" + step.user().gid())
                .append(groups.isEmpty() ? "" : " --groups=" + groups)
                .append(" " + root + " \"$@\"\n");
        List<String> command =
                new ArrayList<>(
                        List.of("/usr/bin/unshare", "--mount", "--pid", "--fork", "--kill-child"));
        command.addAll(List.of("/bin/sh", "-c", script.toString(), "sh"));
        if (!step.cwd().equals("/")) {
            command.addAll(List.of("/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", step.cwd()));
        }
        command.addAll(step.args());
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().clear();
        for (String each : step.env()) {
            int equals = each.indexOf('=');
            builder.environment().put(each.substring(0, equals), each.substring(equals + 1));
        }
        return builder.start();
    }

    private static String mount(SpecMount mount, String target) {
        String options =
                mount.options().stream()
                        .filter(each -> !each.equals("rprivate"))
                        .collect(Collectors.joining(","));
        String type = mount.type().equals("bind") ? "" : "-t " + mount.type() + " ";
        return "/bin/mount " + type + "-o " + options + " " + mount.source() + " " + target + "\n";
    }

    private static String mount(StepMount mount, Path at, Path root) throws IOException {
        String target = root + mount.target();
        return switch (mount) {
            case StepMount.Tree it -> {
                Files.createDirectory(at);
                yield it.tree().stream()
                                .map(each -> mount(each, at.toString()))
                                .collect(Collectors.joining())
                        + bind(at + it.source(), target, it.readOnly());
            }
            case StepMount.Directory it -> bind(it.directory().toString(), target, it.readOnly());
            case StepMount.Tmpfs _ -> "/bin/mount -t tmpfs tmpfs " + target + "\n";
            case StepMount.Secret it -> {
                Files.write(at, it.content().bytes());
                yield bind(at.toString(), target, true);
            }
            case StepMount.Script it -> {
                Files.write(at, it.content().bytes());
                yield "/bin/cp " + at + " " + target + "\n/bin/chmod 755 " + target + "\n";
            }
            case StepMount.Socket it -> bind(it.socket().toString(), target, false);
        };
    }

    private static String bind(String source, String target, boolean readOnly) {
        String mount = "/bin/mount --bind " + source + " " + target + "\n";
        return readOnly ? mount + "/bin/mount -o remount,bind,ro " + target + "\n" : mount;
    }
}
