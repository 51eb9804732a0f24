package io.gantry.linux.launch;

import static io.gantry.linux.syscall.MountFlags.MNT_DETACH;
import static io.gantry.linux.syscall.MountFlags.MS_NODEV;
import static io.gantry.linux.syscall.MountFlags.MS_NOSUID;
import static io.gantry.linux.syscall.OpenFlags.O_CLOEXEC;
import static io.gantry.linux.syscall.OpenFlags.O_CREAT;
import static io.gantry.linux.syscall.OpenFlags.O_DIRECTORY;
import static io.gantry.linux.syscall.OpenFlags.O_PATH;
import static io.gantry.linux.syscall.OpenFlags.O_WRONLY;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.launch.Arg.Register;
import io.gantry.linux.spec.MemoryFile;
import io.gantry.linux.syscall.SyscallNumber;
import java.util.ArrayList;
import java.util.List;

/**
 * Files whose content is in the launch program. They lie in a file system of memory that is never
 * swapped (ramfs), mounted aside as {@link StagedMounts} are, of which a clone of each is taken.
 */
final class MemoryFiles {

    /** Beside what else a program holds, which has to fit its blob. */
    static final int MAX_BYTES = 768 << 10;

    private final Context context;
    private final String aside;
    private final List<Register> clones = new ArrayList<>();

    /** Needs a directory, as {@link StagedMounts}. */
    MemoryFiles(Context context, String aside) {
        this.context = context;
        this.aside = aside;
    }

    /** Makes them, detached. */
    void make(List<MemoryFile> files) {
        if (files.isEmpty()) {
            return;
        }
        long bytes = files.stream().mapToLong(file -> file.content().length).sum();
        if (bytes > MAX_BYTES) {
            throw new InvalidArgumentException(
                    "secrets and scripts of one command have %d bytes, more than the %d possible"
                            .formatted(bytes, MAX_BYTES));
        }
        context.asm().step("mount memory for files");
        context.calls().mount("ramfs", aside, "ramfs", MS_NOSUID | MS_NODEV, "mode=700");
        Register directory = context.asm().register();
        context.calls().openat(Calls.HERE, aside, O_PATH | O_DIRECTORY | O_CLOEXEC).into(directory);
        for (int i = 0; i < files.size(); i++) {
            clones.add(make(files.get(i), directory, Integer.toString(i)));
        }
        context.calls().close(directory);
        Arg detach = Arg.named(MNT_DETACH, "MNT_DETACH");
        context.asm().call(SyscallNumber.UMOUNT2, context.calls().text(aside), detach);
    }

    private Register make(MemoryFile file, Register directory, String name) {
        Calls calls = context.calls();
        context.asm().step("make file for " + file.destination());
        context.asm()
                .scoped(
                        () -> {
                            int flags = O_CREAT | O_WRONLY | O_CLOEXEC;
                            Register fd = calls.openat(directory, name, flags).result();
                            calls.writeSecret(fd, file.content());
                            calls.fchown(fd, file.uid(), file.gid());
                            calls.fchmod(fd, file.mode());
                            calls.close(fd);
                        });
        return calls.openTree(directory, name, 0).result();
    }

    /** The clones, in the order of the files. */
    List<Register> clones() {
        return List.copyOf(clones);
    }
}
