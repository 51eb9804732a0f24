package io.gantry.linux.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.launch.Arg.Pointer;
import io.gantry.linux.launch.Arg.Register;
import io.gantry.linux.syscall.Architecture;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.SyscallNumber;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The byte format, against the vector that the shim's own tests read. */
class LaunchProgramTest {

    private static final Path VECTOR =
            Path.of("src/test/resources/shim-vectors/program-compiled.hex");

    private static Assembler sample() {
        Assembler asm = new Assembler();
        Calls calls = new Calls(asm);
        asm.step("open");
        Register fd = calls.openat(Calls.HERE, "/x", 0).tolerating(Errno.ENOENT).result();
        asm.ifSucceeded(fd, () -> calls.close(fd));
        asm.ifFailed(fd, () -> asm.call(SyscallNumber.SETSID));
        Pointer code = asm.blob().structure(new byte[] {6, 0, 0, 0, 0, 0, -1, 127}, () -> "filter");
        asm.call(
                SyscallNumber.SECCOMP,
                Arg.of(1),
                Arg.of(0),
                asm.blob().linked("{1, filter}", Arg.of(1), code));
        asm.step("execute x");
        Pointer path = asm.blob().text("/bin/x");
        asm.exec(
                List.of(path),
                asm.blob().pointers(List.of(path, asm.blob().text("a"))),
                asm.blob().pointers(List.of()));
        return asm;
    }

    private static byte[] vector() throws IOException {
        String hex =
                Files.readAllLines(VECTOR).stream()
                        .filter(line -> !line.startsWith("#"))
                        .collect(Collectors.joining())
                        .replace(" ", "");
        return HexFormat.of().parseHex(hex);
    }

    @Test
    void bytesAreThoseOfTheVector() throws IOException {
        byte[] bytes = sample().assemble().encode(Architecture.X86_64);
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(
                    VECTOR,
                    "# What the assembler makes of LaunchProgramTest's sample, for x86_64\n"
                            + "# program\n"
                            + HexFormat.ofDelimiter(" ")
                                    .formatHex(bytes)
                                    .replaceAll("((?:\\w\\w ){16})", "$1\n")
                                    .replace(" \n", "\n")
                            + "\n");
        }
        assertThat(HexFormat.ofDelimiter(" ").formatHex(bytes))
                .isEqualTo(HexFormat.ofDelimiter(" ").formatHex(vector()));
    }

    @Test
    void numbersAreThoseOfTheMachine() {
        LaunchProgram program = sample().assemble();
        byte[] x86 = program.encode(Architecture.X86_64);
        byte[] arm = program.encode(Architecture.AARCH64);
        int nrOfFirstOp = 20;
        assertThat((x86[nrOfFirstOp] & 0xff) | (x86[nrOfFirstOp + 1] << 8)).isEqualTo(257);
        assertThat((int) arm[nrOfFirstOp]).isEqualTo(56);
    }

    @Test
    void listingShowsStepsRegistersAndJumps() {
        assertThat(sample().assemble().listing())
                .isEqualTo(
                        """
                        # open
                           0  openat(AT_FDCWD, "/x", O_RDONLY, 0) = r2 [ENOENT]
                           1  skip(r2, 1)
                           2  close(r2)
                           3  skip(r2, 1)
                           4  skip(r1, 1)
                           5  setsid()
                           6  seccomp(1, 0, {1, filter})
                        # execute x
                           7  execve("/bin/x", ["/bin/x", "a"], [])
                        """);
    }

    @Test
    void registersOfAScopeAreUsedAgain() {
        Assembler asm = new Assembler();
        Register[] first = new Register[1];
        asm.scoped(() -> first[0] = asm.register());
        assertThat(asm.register()).isEqualTo(first[0]);
        assertThatThrownBy(
                        () -> {
                            for (int i = 0; i < 300; i++) {
                                asm.register();
                            }
                        })
                .hasMessage("too many mounts for one launch program: start");
    }

    @Test
    void equalTextsAreStoredOnce() {
        Blob blob = new Blob();
        assertThat(blob.text("a").offset()).isEqualTo(blob.text("a").offset());
        assertThat(blob.structure(() -> "x", 1).offset() % 8).isZero();
        assertThatThrownBy(() -> blob.text("a\0b")).isInstanceOf(InvalidArgumentException.class);
    }

    @Test
    void tooLargeProgramsAreRefused() {
        Assembler asm = new Assembler();
        for (int i = 0; i < 5000; i++) {
            asm.call(SyscallNumber.SETSID);
        }
        assertThatThrownBy(() -> asm.assemble())
                .hasMessage(
                        "too much to start at once: 5000 steps, at most 4096; 8 bytes of text,"
                                + " at most 1048576");
    }
}
