package io.gantry.linux.security;

import io.gantry.linux.spec.Seccomp;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.SeccompLibrary;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Puts a prologue before a filter that answers ENOSYS for calls newer than all that the profile
 * knows. With EPERM instead, C libraries take a call for forbidden and do not try its predecessor.
 */
final class NewerCalls {

    private static final int INSTRUCTION = 8;
    private static final int OFFSET_NR = 0;
    private static final int OFFSET_ARCH = 4;

    /** Bit of the numbers of x32 calls, which share their architecture with x86_64. */
    private static final int X32_SYSCALL_BIT = 0x40000000;

    private static final short LOAD_WORD = 0x20;
    private static final short JUMP_IF_EQUAL = 0x15;
    private static final short JUMP_IF_GREATER_OR_EQUAL = 0x35;
    private static final short RETURN = 0x06;

    /** Of one architecture: compare it, load the number, compare that twice, return. */
    private static final int BLOCK = 5;

    private NewerCalls() {}

    static byte[] refuseWithEnosys(
            byte[] filter,
            List<FilterArchitecture> architectures,
            Seccomp seccomp,
            SeccompLibrary library) {
        List<FilterArchitecture> own =
                architectures.stream().filter(one -> one != FilterArchitecture.X32).toList();
        int blocks = own.size();
        byte[] program = new byte[(1 + blocks * BLOCK) * INSTRUCTION + filter.length];
        ByteBuffer out = ByteBuffer.wrap(program).order(ByteOrder.LITTLE_ENDIAN);
        instruction(out, LOAD_WORD, 0, 0, OFFSET_ARCH);
        for (int i = 0; i < blocks; i++) {
            int toFilter = (blocks - i - 1) * BLOCK;
            int newest = newest(own.get(i), seccomp, library);
            instruction(out, JUMP_IF_EQUAL, 0, BLOCK - 1, own.get(i).token());
            instruction(out, LOAD_WORD, 0, 0, OFFSET_NR);
            instruction(out, JUMP_IF_GREATER_OR_EQUAL, toFilter + 2, 0, X32_SYSCALL_BIT);
            instruction(out, JUMP_IF_GREATER_OR_EQUAL, 0, toFilter + 1, newest + 1);
            instruction(out, RETURN, 0, 0, SeccompAction.enosys());
        }
        out.put(filter);
        return program;
    }

    private static int newest(
            FilterArchitecture architecture, Seccomp seccomp, SeccompLibrary library) {
        return seccomp.syscalls().stream()
                .flatMap(rule -> rule.names().stream())
                .mapToInt(
                        name ->
                                library.seccomp_syscall_resolve_name_arch(
                                        architecture.token(), CString.of(name)))
                .filter(number -> number >= 0)
                .max()
                .orElse(0);
    }

    private static void instruction(ByteBuffer out, short code, int ifTrue, int ifFalse, int k) {
        out.putShort(code).put((byte) ifTrue).put((byte) ifFalse).putInt(k);
    }
}
