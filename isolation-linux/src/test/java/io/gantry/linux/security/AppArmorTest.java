package io.gantry.linux.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.FailedPreconditionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AppArmorTest {

    @TempDir private Path directory;

    private AppArmor knowing(String profiles) throws IOException {
        return knowing(profiles, "/none/apparmor_parser");
    }

    private AppArmor knowing(String profiles, String parser) throws IOException {
        return new AppArmor(
                true, Files.writeString(directory.resolve("profiles"), profiles), parser);
    }

    @Test
    void aProfileIsKnownByItsWholeName() throws IOException {
        AppArmor apparmor =
                knowing("web (enforce)\nweb server (complain)\nlsb_release (enforce)\n");
        assertThat(apparmor.loaded("web")).isTrue();
        assertThat(apparmor.loaded("web server")).isTrue();
        assertThat(apparmor.loaded("lsb")).isFalse();
        assertThat(apparmor.loaded("server")).isFalse();
        assertThat(apparmor.loaded("")).isFalse();
    }

    @Test
    void aKernelThatCannotBeAskedIsNoKernelWithoutTheProfile() {
        AppArmor apparmor = new AppArmor(true, directory.resolve("absent"), "true");
        assertThatThrownBy(() -> apparmor.loaded("web"))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessageContaining(directory.resolve("absent").toString())
                .hasMessageContaining("securityfs");
    }

    @Test
    void aDefaultProfileThatIsThereIsLeftAlone() throws IOException {
        knowing(AppArmor.DEFAULT_PROFILE + " (enforce)\n").loadDefault();
    }

    @Test
    void aMissingParserIsNamedWithWhatToDo() throws IOException {
        AppArmor apparmor = knowing("");
        assertThatThrownBy(apparmor::loadDefault)
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessageContaining("/none/apparmor_parser")
                .hasMessageContaining("install apparmor_parser");
    }

    @Test
    void whatTheParserSaysIsPassedOn() throws IOException {
        Path parser = directory.resolve("parser");
        Files.writeString(parser, "#!/bin/sh\ncat > /dev/null\necho no such feature >&2\nexit 3\n");
        assertThat(parser.toFile().setExecutable(true)).isTrue();
        AppArmor apparmor = knowing("", parser.toString());
        assertThatThrownBy(apparmor::loadDefault)
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessageContaining("ended with 3: no such feature");
    }
}
