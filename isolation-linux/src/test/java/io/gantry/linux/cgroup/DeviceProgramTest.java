package io.gantry.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.linux.spec.Resources.DeviceRule;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Runs the programs on a small machine that has the instructions they are made of. */
final class DeviceProgramTest {

    private static final DeviceRule DENY_ALL = new DeviceRule(false, "a", null, null, "rwm");
    private static final DeviceRule ALLOW_ALL = new DeviceRule(true, "a", null, null, "rwm");
    private static final DeviceRule MKNOD = new DeviceRule(true, "c", null, null, "m");
    private static final DeviceRule NULL = new DeviceRule(true, "c", 1L, 3L, "rwm");
    private static final DeviceRule TERMINALS = new DeviceRule(true, "c", 136L, null, "rw");

    private static boolean allows(List<DeviceRule> rules, String device) {
        String[] words = device.split(" ", -1);
        int access = 0;
        access |= words[3].contains("m") ? 1 : 0;
        access |= words[3].contains("r") ? 2 : 0;
        access |= words[3].contains("w") ? 4 : 0;
        int type = words[0].equals("b") ? 1 : 2;
        int[] context = {
            access << 16 | type, Integer.parseInt(words[1]), Integer.parseInt(words[2])
        };
        return run(DeviceProgram.of(rules), context) == 1;
    }

    private static long run(byte[] program, int[] context) {
        ByteBuffer code = ByteBuffer.wrap(program).order(ByteOrder.LITTLE_ENDIAN);
        long[] r = new long[11];
        int at = 0;
        while (true) {
            int op = code.get(8 * at) & 0xff;
            int dst = code.get(8 * at + 1) & 0xf;
            int src = (code.get(8 * at + 1) & 0xff) >> 4;
            int off = code.getShort(8 * at + 2);
            int imm = code.getInt(8 * at + 4);
            at++;
            switch (op) {
                case 0x61 -> r[dst] = Integer.toUnsignedLong(context[off / 4]);
                case 0xbf -> r[dst] = r[src];
                case 0xb7 -> r[dst] = imm;
                case 0x57 -> r[dst] &= imm;
                case 0x74 -> r[dst] = (r[dst] & 0xffffffffL) >>> imm;
                case 0x56 -> at += (int) r[dst] != imm ? off : 0;
                case 0x55 -> at += r[dst] != imm ? off : 0;
                case 0x15 -> at += r[dst] == imm ? off : 0;
                case 0x95 -> {
                    return r[0];
                }
                default -> throw new AssertionError("instruction " + Integer.toHexString(op));
            }
        }
    }

    @Test
    void withoutRulesNothingIsAllowed() {
        assertThat(allows(List.of(), "c 1 3 r")).isFalse();
    }

    @Test
    void deviceIsAllowedByItsRuleOnly() {
        List<DeviceRule> rules = List.of(DENY_ALL, NULL);

        assertThat(allows(rules, "c 1 3 rw")).isTrue();
        assertThat(allows(rules, "c 1 7 r")).isFalse();
        assertThat(allows(rules, "b 1 3 r")).isFalse();
        assertThat(allows(rules, "c 2 3 r")).isFalse();
    }

    @Test
    void missingNumberIsAnyNumber() {
        List<DeviceRule> rules = List.of(DENY_ALL, TERMINALS);

        assertThat(allows(rules, "c 136 0 rw")).isTrue();
        assertThat(allows(rules, "c 136 77 r")).isTrue();
        assertThat(allows(rules, "c 135 0 r")).isFalse();
    }

    @Test
    void everyPartOfAnAccessHasToBeAllowed() {
        List<DeviceRule> rules = List.of(DENY_ALL, MKNOD, TERMINALS);

        assertThat(allows(rules, "c 8 0 m")).isTrue();
        assertThat(allows(rules, "c 8 0 rm")).isFalse();
        assertThat(allows(rules, "c 136 1 rwm")).isTrue();
        assertThat(allows(rules, "b 8 0 m")).isFalse();
    }

    @Test
    void lastRuleDecides() {
        DeviceRule noWriting = new DeviceRule(false, "c", 1L, 3L, "w");

        assertThat(allows(List.of(DENY_ALL, NULL, noWriting), "c 1 3 r")).isTrue();
        assertThat(allows(List.of(DENY_ALL, NULL, noWriting), "c 1 3 rw")).isFalse();
        assertThat(allows(List.of(DENY_ALL, noWriting, NULL), "c 1 3 rw")).isTrue();
        assertThat(allows(List.of(NULL, DENY_ALL), "c 1 3 r")).isFalse();
        assertThat(allows(List.of(DENY_ALL, ALLOW_ALL), "b 8 0 rwm")).isTrue();
    }

    @Test
    void numbersAreThirtyTwoBitsWide() {
        DeviceRule large = new DeviceRule(true, "b", 259L, 0xfffffL, "r");

        assertThat(allows(List.of(DENY_ALL, large), "b 259 1048575 r")).isTrue();
        assertThat(allows(List.of(DENY_ALL, large), "b 259 1048574 r")).isFalse();
    }

    @Test
    void rulesOfVersion1AreLinesInTheSameOrder() {
        assertThat(DeviceRules.writes(List.of(DENY_ALL, NULL, TERMINALS)))
                .containsExactly(
                        Write.of("devices.deny", "a"),
                        Write.of("devices.allow", "c 1:3 rwm"),
                        Write.of("devices.allow", "c 136:* rw"));
    }

    @Test
    void rulesThatForbidNothingNeedNoFilter() {
        assertThat(DeviceRules.allowEverything(List.of())).isTrue();
        assertThat(DeviceRules.allowEverything(List.of(ALLOW_ALL))).isTrue();
        assertThat(DeviceRules.allowEverything(List.of(DENY_ALL, NULL, ALLOW_ALL))).isTrue();
        assertThat(DeviceRules.allowEverything(List.of(DENY_ALL, NULL))).isFalse();
        assertThat(DeviceRules.writes(List.of(DENY_ALL, ALLOW_ALL))).isEmpty();
    }
}
