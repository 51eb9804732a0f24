package io.gantry.linux.launch;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.launch.Arg.Pointer;
import io.gantry.linux.launch.Arg.Register;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.SyscallNumber;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Puts ops together: registers, jumps and the steps that name failures. A register that was
 * allotted inside {@link #scoped} is free again after it.
 */
final class Assembler {

    /** In an exec: a pidfd of the init process of the container that is entered. */
    static final Register TARGET = new Register(0);

    /** Never written, hence always negative. */
    private static final Register NEVER = new Register(1);

    private static final int MAX_REGISTERS = 256;

    private final Blob blob = new Blob();
    private final List<Pending> ops = new ArrayList<>();
    private String step = "start";
    private int nextRegister = NEVER.number() + 1;
    private int registers = nextRegister;

    /** An op that can still be given a destination and errnos to tolerate. */
    final class Pending {
        private final Optional<SyscallNumber> call;
        private final String step;
        private List<Arg> args;
        private Optional<Register> dest = Optional.empty();
        private List<Errno> tolerated = List.of();
        private boolean last;

        private Pending(Optional<SyscallNumber> call, List<Arg> args, String step) {
            this.call = call;
            this.args = args;
            this.step = step;
        }

        Pending tolerating(Errno... errnos) {
            tolerated = List.of(errnos);
            return this;
        }

        /** Makes the process what it is to be, if it does not return. */
        Pending last() {
            last = true;
            return this;
        }

        /** Keeps the result in a register of its own. */
        Register result() {
            return into(register());
        }

        Register into(Register register) {
            dest = Optional.of(register);
            return register;
        }

        private Op toOp() {
            return new Op(call, args, dest, tolerated, last, step);
        }
    }

    Blob blob() {
        return blob;
    }

    /** Names what the ops from here on are for, as "mount proc on /proc". */
    void step(String words) {
        step = words;
    }

    Pending call(SyscallNumber number, Arg... args) {
        return add(Optional.of(number), Arrays.asList(args));
    }

    /**
     * Replaces the process by the first candidate that can be executed. As with execvp(3) the
     * failure of one that must not be executed counts for more than those of the missing: where all
     * fail a second round ends at the first such.
     */
    void exec(List<Pointer> candidates, Pointer argv, Pointer envp) {
        if (candidates.size() > 1) {
            candidates.forEach(
                    candidate ->
                            call(SyscallNumber.EXECVE, candidate, argv, envp)
                                    .last()
                                    .tolerating(Errno.ENOENT, Errno.ENOTDIR, Errno.EACCES));
            candidates
                    .subList(0, candidates.size() - 1)
                    .forEach(
                            candidate ->
                                    call(SyscallNumber.EXECVE, candidate, argv, envp)
                                            .last()
                                            .tolerating(Errno.ENOENT, Errno.ENOTDIR));
        }
        call(SyscallNumber.EXECVE, candidates.getLast(), argv, envp).last();
    }

    /** Does {@code block} only when the register is not negative. */
    void ifSucceeded(Register register, Runnable block) {
        Pending skip = skip(register);
        block.run();
        land(skip);
    }

    /** Does {@code block} only when the register is negative: a tolerated failure. */
    void ifFailed(Register register, Runnable block) {
        Pending overJump = skip(register);
        Pending jump = skip(NEVER);
        land(overJump);
        block.run();
        land(jump);
    }

    /** Registers allotted in {@code block} are free after it. */
    void scoped(Runnable block) {
        int mark = nextRegister;
        block.run();
        nextRegister = mark;
    }

    Register register() {
        if (nextRegister == MAX_REGISTERS) {
            throw new InvalidArgumentException("too many mounts for one launch program: " + step);
        }
        registers = Math.max(registers, nextRegister + 1);
        return new Register(nextRegister++);
    }

    LaunchProgram assemble() {
        return new LaunchProgram(
                ops.stream().map(Pending::toOp).toList(),
                blob.toBytes(),
                blob.relocations(),
                registers);
    }

    private Pending skip(Register register) {
        return add(Optional.empty(), List.of(register, Arg.of(0)));
    }

    private void land(Pending skip) {
        int distance = ops.size() - ops.indexOf(skip) - 1;
        skip.args = List.of(skip.args.getFirst(), Arg.of(distance));
    }

    private Pending add(Optional<SyscallNumber> call, List<Arg> args) {
        Pending pending = new Pending(call, args, step);
        ops.add(pending);
        return pending;
    }
}
