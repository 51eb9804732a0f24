package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The messages are those by which a launch program explains its failures. */
class ExitCodesTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "execute tool: executable file not found in $PATH",
                "execute /bin/tool: no such file or directory (or its interpreter is missing)"
            })
    void aMissingProgramIs127(String message) {
        assertThat(ExitCodes.ofStartFailure(message)).isEqualTo(127);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "execute /etc/passwd: permission denied (not an executable file)",
                "execute /a: exec format error (not for this machine, or a script without #!)"
            })
    void aProgramThatCannotBeExecutedIs126(String message) {
        assertThat(ExitCodes.ofStartFailure(message)).isEqualTo(126);
    }

    @Test
    void aFailureOfAnotherStepIsTheDaemons() {
        assertThat(ExitCodes.ofStartFailure("mount source /x: no such file or directory"))
                .isEqualTo(125);
        assertThat(ExitCodes.ofStartFailure("mount source /execute x: no such file or directory"))
                .isEqualTo(125);
        assertThat(ExitCodes.ofStartFailure("execute /bin/x: too many levels of symbolic links"))
                .isEqualTo(125);
    }
}
