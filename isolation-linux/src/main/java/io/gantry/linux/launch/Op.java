package io.gantry.linux.launch;

import io.gantry.linux.launch.Arg.Register;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.SyscallNumber;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One operation of a launch program.
 *
 * @param call which system call; empty: none, but a jump of args[1] ops when args[0] is negative
 * @param dest where the result goes
 * @param tolerated errnos that do not end the program
 * @param last whether the process is what it is to be when the call does not return
 * @param step what the op is part of, in a user's words
 */
record Op(
        Optional<SyscallNumber> call,
        List<Arg> args,
        Optional<Register> dest,
        List<Errno> tolerated,
        boolean last,
        String step) {

    static final int MAX_ARGS = 6;
    static final int MAX_TOLERATED = 4;

    Op {
        args = List.copyOf(args);
        tolerated = List.copyOf(tolerated);
        if (args.size() > MAX_ARGS || tolerated.size() > MAX_TOLERATED) {
            throw new IllegalArgumentException("op does not fit: " + args + " " + tolerated);
        }
    }

    /** As strace(1) would print it, with the register and the tolerated errnos. */
    String shown() {
        String arguments = args.stream().map(Arg::shown).collect(Collectors.joining(", "));
        String name = call.map(SyscallNumber::cName).orElse("skip");
        String result = dest.map(register -> " = " + register.shown()).orElse("");
        String errnos =
                tolerated.isEmpty()
                        ? ""
                        : tolerated.stream()
                                .map(Errno::name)
                                .collect(Collectors.joining(" ", " [", "]"));
        return name + "(" + arguments + ")" + result + errnos;
    }
}
