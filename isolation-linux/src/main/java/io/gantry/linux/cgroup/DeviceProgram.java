package io.gantry.linux.cgroup;

import io.gantry.linux.spec.Resources.DeviceRule;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Device rules as a BPF program (BPF_PROG_TYPE_CGROUP_DEVICE, struct bpf_cgroup_dev_ctx), which is
 * how cgroup v2 has them. It answers 1 to allow an access.
 *
 * <p>For each of read, write and mknod that is asked for, the last rule about that device decides;
 * where there is none, the access is denied. The program therefore goes through the rules from the
 * last to the first and keeps in a register what is not decided yet.
 */
final class DeviceProgram {

    private static final int MKNOD = 1;
    private static final int READ = 2;
    private static final int WRITE = 4;
    private static final int BLOCK = 1;
    private static final int CHAR = 2;

    private static final int LOAD_WORD = 0x61;
    private static final int MOVE = 0xbf;
    private static final int MOVE_IMMEDIATE = 0xb7;
    private static final int AND_IMMEDIATE = 0x57;
    private static final int SHIFT_RIGHT_32 = 0x74;
    private static final int JUMP_NOT_EQUAL_32 = 0x56;
    private static final int JUMP_NOT_EQUAL = 0x55;
    private static final int JUMP_EQUAL = 0x15;
    private static final int EXIT = 0x95;

    private static final int RESULT = 0;
    private static final int CONTEXT = 1;
    private static final int TYPE = 2;
    private static final int UNDECIDED = 3;
    private static final int MAJOR = 4;
    private static final int MINOR = 5;
    private static final int SCRATCH = 6;

    private DeviceProgram() {}

    /** The instructions for rules of which the last match decides. */
    static byte[] of(List<DeviceRule> rules) {
        List<Insn> program = new ArrayList<>(prologue());
        for (DeviceRule rule : rules.reversed()) {
            program.addAll(block(rule));
        }
        program.addAll(answer(0));
        ByteBuffer code =
                ByteBuffer.allocate(program.size() * Insn.SIZE).order(ByteOrder.LITTLE_ENDIAN);
        program.forEach(insn -> insn.put(code));
        return code.array();
    }

    /** access_type holds the type in its lower and the access in its upper half. */
    private static List<Insn> prologue() {
        return List.of(
                new Insn(LOAD_WORD, TYPE, CONTEXT, 0, 0),
                new Insn(MOVE, UNDECIDED, TYPE, 0, 0),
                new Insn(SHIFT_RIGHT_32, UNDECIDED, 0, 0, 16),
                new Insn(AND_IMMEDIATE, TYPE, 0, 0, 0xffff),
                new Insn(LOAD_WORD, MAJOR, CONTEXT, 4, 0),
                new Insn(LOAD_WORD, MINOR, CONTEXT, 8, 0));
    }

    /** Conditions that skip the verdict when they do not hold, and the verdict. */
    private static List<Insn> block(DeviceRule rule) {
        List<Insn> verdict = rule.allow() ? allow(rule) : deny(rule);
        List<Condition> conditions = conditions(rule);
        List<Insn> block = new ArrayList<>();
        for (int i = 0; i < conditions.size(); i++) {
            int skip = conditions.size() - 1 - i + verdict.size();
            Condition condition = conditions.get(i);
            block.add(new Insn(JUMP_NOT_EQUAL_32, condition.register, 0, skip, condition.value));
        }
        block.addAll(verdict);
        return block;
    }

    private static List<Condition> conditions(DeviceRule rule) {
        List<Condition> conditions = new ArrayList<>();
        if (DeviceRules.matchesAll(rule)) {
            return conditions;
        }
        conditions.add(new Condition(TYPE, rule.type().equals("b") ? BLOCK : CHAR));
        Long major = rule.major();
        if (major != null) {
            conditions.add(new Condition(MAJOR, major.intValue()));
        }
        Long minor = rule.minor();
        if (minor != null) {
            conditions.add(new Condition(MINOR, minor.intValue()));
        }
        return conditions;
    }

    /** What the rule allows is decided; when nothing is left, the access as a whole is allowed. */
    private static List<Insn> allow(DeviceRule rule) {
        List<Insn> insns = new ArrayList<>();
        insns.add(new Insn(AND_IMMEDIATE, UNDECIDED, 0, 0, ~access(rule)));
        insns.add(new Insn(JUMP_NOT_EQUAL, UNDECIDED, 0, 2, 0));
        insns.addAll(answer(1));
        return insns;
    }

    /** When something undecided is denied, all is. */
    private static List<Insn> deny(DeviceRule rule) {
        List<Insn> insns = new ArrayList<>();
        insns.add(new Insn(MOVE, SCRATCH, UNDECIDED, 0, 0));
        insns.add(new Insn(AND_IMMEDIATE, SCRATCH, 0, 0, access(rule)));
        insns.add(new Insn(JUMP_EQUAL, SCRATCH, 0, 2, 0));
        insns.addAll(answer(0));
        return insns;
    }

    private static List<Insn> answer(int value) {
        return List.of(new Insn(MOVE_IMMEDIATE, RESULT, 0, 0, value), new Insn(EXIT, 0, 0, 0, 0));
    }

    private static int access(DeviceRule rule) {
        int bits = 0;
        for (char letter : rule.access().toCharArray()) {
            bits |=
                    switch (letter) {
                        case 'm' -> MKNOD;
                        case 'r' -> READ;
                        case 'w' -> WRITE;
                        default -> 0;
                    };
        }
        return bits;
    }

    private record Condition(int register, int value) {}

    /** struct bpf_insn. */
    private record Insn(int code, int destination, int source, int offset, int immediate) {

        static final int SIZE = 8;

        void put(ByteBuffer into) {
            into.put((byte) code)
                    .put((byte) (source << 4 | destination))
                    .putShort((short) offset)
                    .putInt(immediate);
        }
    }
}
