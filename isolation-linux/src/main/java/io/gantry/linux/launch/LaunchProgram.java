package io.gantry.linux.launch;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.syscall.Architecture;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.SyscallNumber;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A compiled launch program. Immutable; the byte format is that of docs/shim-protocol.md §1. */
public final class LaunchProgram {

    private static final int MAGIC = 0x32504c47;
    private static final int HEADER_SIZE = 20;
    private static final int OP_SIZE = 72;
    private static final int MAX_OPS = 4096;
    private static final int MAX_BLOB = 1 << 20;
    private static final short NO_REGISTER = (short) 0xffff;
    private static final int SKIP = -1;

    private final List<Op> ops;
    private final byte[] blob;
    private final List<Integer> relocations;
    private final int registers;

    LaunchProgram(List<Op> ops, byte[] blob, List<Integer> relocations, int registers) {
        if (ops.size() > MAX_OPS || blob.length > MAX_BLOB) {
            throw new InvalidArgumentException(
                    "too much to start at once: %d steps, at most %d; %d bytes of text, at most %d"
                            .formatted(ops.size(), MAX_OPS, blob.length, MAX_BLOB));
        }
        this.ops = List.copyOf(ops);
        this.blob = blob;
        this.relocations = List.copyOf(relocations);
        this.registers = registers;
    }

    /** The bytes for a shim on this machine. */
    public byte[] encode() {
        return encode(Architecture.current());
    }

    byte[] encode(Architecture architecture) {
        int size = HEADER_SIZE + OP_SIZE * ops.size() + 4 * relocations.size() + blob.length;
        ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(MAGIC).putInt(ops.size()).putInt(relocations.size());
        out.putInt(blob.length).putInt(registers);
        ops.forEach(op -> encode(op, architecture, out));
        relocations.forEach(out::putInt);
        return out.put(blob).array();
    }

    private static void encode(Op op, Architecture architecture, ByteBuffer out) {
        out.putInt(op.call().map(call -> call.on(architecture)).orElse(SKIP));
        out.putShort(op.dest().map(register -> (short) register.number()).orElse(NO_REGISTER));
        for (int i = 0; i < Op.MAX_ARGS; i++) {
            out.put((byte) (i < op.args().size() ? op.args().get(i).kind() : 0));
        }
        out.put((byte) op.tolerated().size()).put((byte) (op.last() ? 1 : 0));
        for (int i = 0; i < Op.MAX_TOLERATED; i++) {
            out.putShort((short) (i < op.tolerated().size() ? op.tolerated().get(i).number() : 0));
        }
        out.putShort((short) 0);
        for (int i = 0; i < Op.MAX_ARGS; i++) {
            out.putLong(i < op.args().size() ? op.args().get(i).bits() : 0);
        }
    }

    /** Number of operations. */
    public int size() {
        return ops.size();
    }

    /**
     * One line per operation as strace(1) prints calls, with its index; a line that starts with a
     * hash says what the operations below it are for.
     */
    public String listing() {
        StringBuilder out = new StringBuilder();
        String step = "";
        for (int i = 0; i < ops.size(); i++) {
            Op op = ops.get(i);
            if (!op.step().equals(step)) {
                step = op.step();
                out.append("# ").append(step).append('\n');
            }
            out.append("%4d  %s\n".formatted(i, op.shown()));
        }
        return out.toString();
    }

    /** What the operation is for, as "mount proc on /proc". */
    public String step(int op) {
        return op >= 0 && op < ops.size() ? ops.get(op).step() : "operation " + op;
    }

    /**
     * Why a program failed, in a user's words, as "mount source /x: no such file or directory".
     *
     * @param op index of the operation that failed
     * @param errno its error number
     */
    public String explain(int op, int errno) {
        String step = step(op);
        boolean exec =
                op >= 0
                        && op < ops.size()
                        && ops.get(op).call().equals(Optional.of(SyscallNumber.EXECVE));
        return step + ": " + (exec ? executionFailure(step, errno) : text(errno));
    }

    private static String executionFailure(String step, int errno) {
        return switch (Errno.of(errno)) {
            case ENOENT ->
                    step.contains("/")
                            ? "no such file or directory (or its interpreter is missing)"
                            : "executable file not found in $PATH";
            case EACCES -> "permission denied (not an executable file)";
            case ENOEXEC -> "exec format error (not for this machine, or a script without #!)";
            default -> text(errno);
        };
    }

    private static String text(int errno) {
        Errno known = Errno.of(errno);
        return known == Errno.UNKNOWN ? "errno " + errno : lowerFirst(known.text());
    }

    private static String lowerFirst(String text) {
        return text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
    }

    @Override
    public String toString() {
        return listing();
    }
}
