package io.gantry.linux.launch;

import static io.gantry.linux.syscall.MountFlags.*;
import static io.gantry.linux.syscall.OpenFlags.*;

import io.gantry.linux.launch.Arg.Immediate;
import io.gantry.linux.launch.Arg.Pointer;
import io.gantry.linux.launch.Arg.Register;
import io.gantry.linux.syscall.FileStatus;
import io.gantry.linux.syscall.SyscallNumber;
import java.nio.charset.StandardCharsets;

/** System calls as ops, with the arguments that launch programs need. */
final class Calls {

    static final Immediate HERE = Arg.named(AT_FDCWD, "AT_FDCWD");

    private static final Immediate NULL = Arg.named(0, "NULL");
    private static final long MOUNT_ATTR_SIZE = 32;
    private static final long OPEN_HOW_SIZE = 24;

    private final Assembler asm;

    Calls(Assembler asm) {
        this.asm = asm;
    }

    Assembler.Pending openat(Arg directory, String path, int flags) {
        return asm.call(SyscallNumber.OPENAT, directory, text(path), open(flags), Arg.of(0));
    }

    /** openat2(2); a path is resolved as {@code resolve} says. */
    Assembler.Pending openat2(Arg directory, String path, int flags, long resolve) {
        Pointer how =
                asm.blob()
                        .structure(
                                () ->
                                        "{"
                                                + Symbols.open(flags)
                                                + ", "
                                                + Symbols.resolve(resolve)
                                                + "}",
                                flags,
                                0,
                                resolve);
        return asm.call(SyscallNumber.OPENAT2, directory, text(path), how, Arg.of(OPEN_HOW_SIZE));
    }

    void close(Register fd) {
        asm.call(SyscallNumber.CLOSE, fd);
    }

    /** Closes all descriptors from {@code first} to {@code last}; those not open are no failure. */
    Assembler.Pending closeRange(int first, long last) {
        Immediate end = last == -1 ? Arg.named(0xffffffffL, "~0") : Arg.of(last);
        return asm.call(SyscallNumber.CLOSE_RANGE, Arg.of(first), end, Arg.of(0));
    }

    Assembler.Pending dup3(Register from, int to, int flags) {
        return asm.call(SyscallNumber.DUP3, from, Arg.of(to), open(flags));
    }

    Assembler.Pending mkdirat(Arg directory, String path, int mode) {
        return asm.call(SyscallNumber.MKDIRAT, directory, text(path), Arg.octal(mode));
    }

    Assembler.Pending mknodat(Arg directory, String path, int mode, long major, long minor) {
        Immediate device =
                Arg.named(
                        FileStatus.makedev(major, minor),
                        () -> "makedev(" + major + "," + minor + ")");
        return asm.call(SyscallNumber.MKNODAT, directory, text(path), Arg.octal(mode), device);
    }

    Assembler.Pending symlinkat(String target, Arg directory, String path) {
        return asm.call(SyscallNumber.SYMLINKAT, text(target), directory, text(path));
    }

    Assembler.Pending fchown(Arg fd, int uid, int gid) {
        return asm.call(SyscallNumber.FCHOWN, fd, Arg.of(uid), Arg.of(gid));
    }

    void fchmod(Arg fd, int mode) {
        asm.call(SyscallNumber.FCHMOD, fd, Arg.octal(mode));
    }

    /** Writes bytes that no listing shows; a file system in memory takes them whole. */
    void writeSecret(Arg fd, byte[] content) {
        Pointer bytes = asm.blob().structure(content, () -> "(" + content.length + " bytes)");
        asm.call(SyscallNumber.WRITE, fd, bytes, Arg.of(content.length));
    }

    /** Gives an open file an SELinux label (fsetxattr(2)). */
    Assembler.Pending label(Arg fd, String label) {
        Arg length = Arg.of(label.getBytes(StandardCharsets.UTF_8).length);
        return asm.call(
                SyscallNumber.FSETXATTR,
                fd,
                text("security.selinux"),
                text(label),
                length,
                Arg.of(0));
    }

    /** Does not follow a symbolic link. */
    void fchownat(Arg directory, String path, int uid, int gid) {
        asm.call(
                SyscallNumber.FCHOWNAT,
                directory,
                text(path),
                Arg.of(uid),
                Arg.of(gid),
                Arg.named(AT_SYMLINK_NOFOLLOW, "AT_SYMLINK_NOFOLLOW"));
    }

    /** Writes all of a short text; the kernel's files take it whole or not at all. */
    Assembler.Pending write(Arg fd, String content) {
        int length = content.getBytes(StandardCharsets.UTF_8).length;
        return asm.call(SyscallNumber.WRITE, fd, text(content), Arg.of(length));
    }

    Assembler.Pending openTree(Arg directory, String path, long flags) {
        long all = flags | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
        Immediate shown =
                Arg.named(
                        all,
                        () ->
                                "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC"
                                        + ((flags & AT_EMPTY_PATH) != 0 ? "|AT_EMPTY_PATH" : "")
                                        + ((flags & AT_RECURSIVE) != 0 ? "|AT_RECURSIVE" : ""));
        return asm.call(SyscallNumber.OPEN_TREE, directory, text(path), shown);
    }

    /** Attaches a detached mount on what a descriptor stands for. */
    Assembler.Pending moveMount(Register mount, Register target) {
        Immediate flags =
                Arg.named(
                        MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH,
                        "MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH");
        return asm.call(SyscallNumber.MOVE_MOUNT, mount, text(""), target, text(""), flags);
    }

    void mountSetattr(Register mount, boolean recursive, MountAttributes attributes) {
        Pointer struct =
                asm.blob()
                        .structure(
                                attributes::shown,
                                attributes.set(),
                                attributes.cleared(),
                                attributes.propagation(),
                                attributes.users());
        Immediate flags =
                recursive
                        ? Arg.named(AT_EMPTY_PATH | AT_RECURSIVE, "AT_EMPTY_PATH|AT_RECURSIVE")
                        : Arg.named(AT_EMPTY_PATH, "AT_EMPTY_PATH");
        asm.call(
                SyscallNumber.MOUNT_SETATTR,
                mount,
                text(""),
                flags,
                struct,
                Arg.of(MOUNT_ATTR_SIZE));
    }

    Register fsopen(String type) {
        return asm.call(
                        SyscallNumber.FSOPEN,
                        text(type),
                        Arg.named(FSOPEN_CLOEXEC, "FSOPEN_CLOEXEC"))
                .result();
    }

    /** Sets an option of a file system that is being made: NAME or NAME=VALUE. */
    void fsconfig(Register fs, String option) {
        int equals = option.indexOf('=');
        if (equals < 0) {
            fsconfig(fs, Arg.named(FSCONFIG_SET_FLAG, "FSCONFIG_SET_FLAG"), text(option), NULL);
        } else {
            fsconfig(
                    fs,
                    Arg.named(FSCONFIG_SET_STRING, "FSCONFIG_SET_STRING"),
                    text(option.substring(0, equals)),
                    text(option.substring(equals + 1)));
        }
    }

    void fsconfigCreate(Register fs) {
        fsconfig(fs, Arg.named(FSCONFIG_CMD_CREATE, "FSCONFIG_CMD_CREATE"), NULL, NULL);
    }

    private void fsconfig(Register fs, Immediate command, Arg key, Arg value) {
        asm.call(SyscallNumber.FSCONFIG, fs, command, key, value, Arg.of(0));
    }

    Register fsmount(Register fs, long attributes) {
        return asm.call(
                        SyscallNumber.FSMOUNT,
                        fs,
                        Arg.named(FSMOUNT_CLOEXEC, "FSMOUNT_CLOEXEC"),
                        Arg.named(attributes, () -> Symbols.attributes(attributes)))
                .result();
    }

    /** mount(2); empty type or data are null pointers. */
    void mount(String source, String target, String type, long flags, String data) {
        asm.call(
                SyscallNumber.MOUNT,
                text(source),
                text(target),
                textOrNull(type),
                Arg.named(flags, () -> Symbols.mount(flags)),
                textOrNull(data));
    }

    /**
     * prctl(2), as PR_SET_NO_NEW_PRIVS; the arguments that follow are zero as the kernel demands.
     */
    Assembler.Pending prctl(Immediate operation, Arg first, Immediate second) {
        return asm.call(SyscallNumber.PRCTL, operation, first, second, Arg.of(0), Arg.of(0));
    }

    Assembler.Pending chdir(String path) {
        return asm.call(SyscallNumber.CHDIR, text(path));
    }

    void sethostname(String name) {
        int length = name.getBytes(StandardCharsets.UTF_8).length;
        asm.call(SyscallNumber.SETHOSTNAME, text(name), Arg.of(length));
    }

    Pointer text(String text) {
        return asm.blob().text(text);
    }

    private Arg textOrNull(String text) {
        return text.isEmpty() ? NULL : text(text);
    }

    private static Immediate open(int flags) {
        return Arg.named(flags, () -> Symbols.open(flags));
    }
}
