package io.gantry.image.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlatformTest {

    @ParameterizedTest
    @CsvSource({
        "x86_64, '', linux/amd64",
        "amd64, v1, linux/amd64",
        "amd64, v3, linux/amd64/v3",
        "aarch64, '', linux/arm64",
        "arm64, v8, linux/arm64",
        "arm64, 8, linux/arm64",
        "arm64, v8.0, linux/arm64",
        "arm64, v9, linux/arm64/v9",
        "arm, v7, linux/arm/v7",
        "arm, '', linux/arm/v7",
        "armhf, '', linux/arm/v7",
        "armel, '', linux/arm/v6",
        "i386, '', linux/386",
        "s390x, '', linux/s390x"
    })
    void spellingsOfOnePlatformAreEqual(String architecture, String variant, String expected) {
        assertThat(Platform.of("Linux", architecture, variant)).hasToString(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "amd64, '', amd64, '', true",
        "amd64, '', amd64, v2, false",
        "amd64, v3, amd64, v2, true",
        "amd64, v3, amd64, '', true",
        "amd64, '', 386, '', true",
        "amd64, '', arm64, '', false",
        "arm64, '', arm64, v8, true",
        "arm64, '', arm64, v9, false",
        "arm64, '', arm, v7, true",
        "arm64, '', arm, v5, true",
        "arm, v6, arm, v7, false",
        "arm, v7, arm, v6, true",
        "arm, v7, arm64, '', false",
        "amd64, '', amd64, vX, false"
    })
    void processorRunsItsOwnLevelAndLower(
            String host, String hostVariant, String image, String variant, boolean runs) {
        Platform on = Platform.of("linux", host, hostVariant);
        assertThat(Platform.of("linux", image, variant).distanceFrom(on).isPresent())
                .isEqualTo(runs);
    }

    @Test
    void nearestLevelIsBest() {
        Platform host = Platform.of("linux", "amd64", "v3");
        assertThat(distance("amd64", "v3", host)).isLessThan(distance("amd64", "v2", host));
        assertThat(distance("amd64", "", host)).isLessThan(distance("386", "", host));
    }

    @Test
    void otherSystemDoesNotRun() {
        Platform host = Platform.of("linux", "amd64", "");
        assertThat(Platform.of("windows", "amd64", "").distanceFrom(host)).isEmpty();
    }

    private static int distance(String architecture, String variant, Platform host) {
        return Platform.of("linux", architecture, variant).distanceFrom(host).orElseThrow();
    }
}
