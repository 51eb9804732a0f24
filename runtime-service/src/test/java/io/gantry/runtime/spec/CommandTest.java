package io.gantry.runtime.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.spec.ConsoleSize;
import io.gantry.linux.spec.IdMappings;
import io.gantry.linux.spec.Process;
import io.gantry.runtime.bundle.ImageConfig;
import io.gantry.runtime.container.CapabilityChanges;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.EnvVar;
import io.gantry.runtime.exec.ExecRequest;
import io.gantry.runtime.exec.WindowSize;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class CommandTest {

    private static final ImageConfig IMAGE =
            new ImageConfig(
                    List.of("/entry"),
                    List.of("default", "args"),
                    List.of("PATH=/image/bin", "LANG=C", "EMPTY"),
                    "srv",
                    "",
                    "",
                    Set.of(),
                    Map.of());

    private static ContainerConfig config(
            List<String> command, List<String> args, List<EnvVar> env, boolean tty) {
        ContainerConfig plain = ContainerConfig.of("web", "image", command);
        return new ContainerConfig(
                plain.metadata(),
                plain.image(),
                command,
                args,
                "",
                env,
                List.of(),
                List.of(),
                Map.of(),
                Map.of(),
                "",
                false,
                false,
                tty,
                plain.resources(),
                plain.security(),
                List.of(),
                null);
    }

    private static List<String> args(List<String> command, List<String> args) {
        return Command.args(config(command, args, List.of(), false), IMAGE);
    }

    private static List<String> env(boolean tty, EnvVar... variables) {
        return Command.env(
                config(List.of(), List.of(), List.of(variables), tty),
                IMAGE,
                "pod-host",
                "/home/x");
    }

    @Test
    void commandReplacesBothOfTheImagesListsAndArgumentsTheSecond() {
        assertThat(args(List.of(), List.of())).containsExactly("/entry", "default", "args");
        assertThat(args(List.of(), List.of("a"))).containsExactly("/entry", "a");
        assertThat(args(List.of("c"), List.of())).containsExactly("c");
        assertThat(args(List.of("c"), List.of("a"))).containsExactly("c", "a");
    }

    @Test
    void containerWithoutACommandIsRefused() {
        assertThatThrownBy(
                        () ->
                                Command.args(
                                        config(List.of(), List.of(), List.of(), false),
                                        ImageConfig.empty()))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("container web has no command, and its image names none");
    }

    @Test
    void laterSourceOfAVariableWins() {
        assertThat(env(false, new EnvVar("LANG", "de=x"), new EnvVar("NEW", "")))
                .containsExactly(
                        "PATH=/image/bin",
                        "HOSTNAME=pod-host",
                        "LANG=de=x",
                        "EMPTY",
                        "NEW=",
                        "HOME=/home/x");
    }

    @Test
    void terminalIsNamedAndHomeCanBeChosen() {
        assertThat(env(true, new EnvVar("HOME", "/mine")))
                .contains("TERM=xterm", "HOME=/mine")
                .doesNotContain("HOME=/home/x");
    }

    @Test
    void pathHasADefault() {
        assertThat(
                        Command.env(
                                config(List.of("c"), List.of(), List.of(), false),
                                ImageConfig.empty(),
                                "h",
                                "/"))
                .containsExactly(Command.DEFAULT_PATH, "HOSTNAME=h", "HOME=/");
    }

    @Test
    void variableNameIsChecked() {
        assertThatThrownBy(() -> env(false, new EnvVar("A=B", "c")))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("A=B");
    }

    @Test
    void nulWouldCutAStringAndIsRefused() {
        assertThatThrownBy(() -> env(false, new EnvVar("A", "b\0c")))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("environment variable \"A=b\" holds a NUL");
        assertThatThrownBy(() -> args(List.of("a\0b"), List.of()))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("argument \"a\" holds a NUL");
    }

    @Test
    void workingDirectoryIsAbsolute() {
        assertThat(Command.workingDir(config(List.of(), List.of(), List.of(), false), IMAGE))
                .isEqualTo("/srv");
        assertThat(
                        Command.workingDir(
                                config(List.of(), List.of(), List.of(), false),
                                ImageConfig.empty()))
                .isEqualTo("/");
    }

    private static final Process OF_CONTAINER =
            new Process(
                    true,
                    new Process.User(5, 6, List.of(6), 022),
                    List.of("main"),
                    List.of("PATH=/bin", "HOME=/five", "TERM=vt100"),
                    "/work",
                    CapabilitySets.of(CapabilityChanges.none()),
                    List.of(),
                    true,
                    100,
                    "profile",
                    "");

    @Test
    void execIsLikeTheContainerUnlessItSaysOtherwise() {
        Process process =
                ExecProcess.of(
                        OF_CONTAINER,
                        ExecRequest.of("id", List.of("ls", "-l"), false, false),
                        Accounts.none(),
                        IdMappings.NONE);

        assertThat(process)
                .isEqualTo(
                        new Process(
                                false,
                                OF_CONTAINER.user(),
                                List.of("ls", "-l"),
                                OF_CONTAINER.env(),
                                "/work",
                                OF_CONTAINER.capabilities(),
                                List.of(),
                                true,
                                100,
                                "profile",
                                ""));
    }

    @Test
    void execAsAnotherUserHasItsHome() {
        Process process =
                ExecProcess.of(
                        OF_CONTAINER,
                        new ExecRequest(
                                "id",
                                List.of("sh"),
                                List.of("A=1"),
                                "/tmp",
                                "web",
                                true,
                                true,
                                false,
                                Optional.of(new WindowSize(37, 101))),
                        Accounts.parse("web:x:9:10::/srv/web:/bin/sh", ""),
                        IdMappings.NONE);

        assertThat(process.user()).isEqualTo(new Process.User(9, 10, List.of(10), 022));
        assertThat(process.env())
                .containsExactly("PATH=/bin", "HOME=/srv/web", "TERM=xterm", "A=1");
        assertThat(process.cwd()).isEqualTo("/tmp");
        assertThat(process.terminal()).isTrue();
        assertThat(process.consoleSize()).isEqualTo(new ConsoleSize(37, 101));
        assertThat(process.capabilities()).isEqualTo(CapabilitySets.all());
        assertThat(process.noNewPrivileges()).isFalse();
        assertThat(process.apparmorProfile()).isEmpty();
    }
}
