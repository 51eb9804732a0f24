package io.gantry.image.build.api;

import io.gantry.image.build.dockerfile.Instruction.Network;
import io.gantry.image.build.dockerfile.Instruction.Security;
import io.gantry.linux.spec.Process.User;
import io.gantry.linux.spec.SpecMount;
import java.util.List;

/**
 * A command of a build.
 *
 * @param id of the step, unique on this node: letters, digits and hyphens
 * @param build id of the build, the same for all its steps
 * @param rootfs what to mount on {@code /}, in order: an overlay with a writable layer
 * @param args the command; the first is looked up in PATH of {@code env} when it has no slash
 * @param env as NAME=value; may hold secrets, so not to be logged
 * @param cwd absolute, there already
 * @param user ids, looked up in the root file system
 * @param mounts in order, on top of the root file system
 * @param network what of it the command sees
 * @param security whether it is confined
 * @param devices names of CDI devices, as {@code name[,required]}
 * @param options the build's, for all its commands
 */
public record Step(
        String id,
        String build,
        List<SpecMount> rootfs,
        List<String> args,
        List<String> env,
        String cwd,
        User user,
        List<StepMount> mounts,
        Network network,
        Security security,
        List<String> devices,
        RunOptions options) {

    public Step {
        rootfs = List.copyOf(rootfs);
        args = List.copyOf(args);
        env = List.copyOf(env);
        mounts = List.copyOf(mounts);
        devices = List.copyOf(devices);
    }

    /** Without the environment. */
    @Override
    public String toString() {
        return "step " + id + " " + args;
    }
}
