package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArgumentsTest {

    private static final Instant NOW = Instant.ofEpochSecond(1_000);

    @ParameterizedTest
    @CsvSource({"4096,4096", "1k,1024", "512M,536870912", "1.5g,1610612736", "2GiB,2147483648"})
    void sizesAreBinary(String text, long bytes) {
        assertThat(Quantities.parseBytes("-m", text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "1x", "m", "1 m", "99999999999t"})
    void badSizesNameTheOption(String text) {
        assertThatExceptionOfType(UsageException.class)
                .isThrownBy(() -> Quantities.parseBytes("--memory", text))
                .withMessageContaining("--memory");
    }

    @Test
    void processorsAreThousandths() {
        assertThat(Quantities.parseCpuMillis("--cpus", "1.5")).isEqualTo(1500);
        assertThatExceptionOfType(UsageException.class)
                .isThrownBy(() -> Quantities.parseCpuMillis("--cpus", "0"));
    }

    @ParameterizedTest
    @CsvSource({
        "90s,910000000000",
        "1m,940000000000",
        "45.5,45500000000",
        "1970-01-01T00:00:05.25Z,5250000000"
    })
    void momentsAreTimesOrSpans(String text, long nanos) {
        assertThat(Quantities.parseMoment("--since", text, NOW)).isEqualTo(nanos);
    }

    @Test
    void relativeMountSourcesAreOfTheWorkingDirectory() {
        assertThat(MountOption.parse("./a/../b:/c", Path.of("/here")).getSource())
                .isEqualTo("/here/b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a", "data:/b", "/a:b", "/a:/b:rx", ":/b", "/a:/b:ro:z"})
    void badMountsAreRefused(String text) {
        assertThatExceptionOfType(UsageException.class)
                .isThrownBy(() -> MountOption.parse(text, Path.of("/")))
                .withMessageStartingWith("-v: ");
    }

    @Test
    void portsMayNameAddressAndProtocol() {
        assertThat(PortOption.parse("127.0.0.1:80:8080/udp").getHostIp()).isEqualTo("127.0.0.1");
        assertThat(PortOption.parse("[::1]:80:8080").getHostIp()).isEqualTo("::1");
        assertThat(PortOption.parse("80:8080").getProtocol()).isEqualTo("tcp");
    }

    @ParameterizedTest
    @ValueSource(strings = {"80", "0:80", "80:70000", "80:80/icmp", "a:80", "80:"})
    void badPortsAreRefused(String text) {
        assertThatExceptionOfType(UsageException.class)
                .isThrownBy(() -> PortOption.parse(text))
                .withMessageStartingWith("-p: ");
    }

    @Test
    void detachKeysAreFoundAcrossReads() {
        DetachKeys keys = new DetachKeys();
        assertThat(keys.find(new byte[] {'a', 0x10}, 2)).isEqualTo(-1);
        assertThat(keys.find(new byte[] {0x11, 'b'}, 2)).isZero();
        assertThat(keys.find(new byte[] {0x10, 'x', 0x11}, 3)).isEqualTo(-1);
    }

    @Test
    void terminalSizesAreReadAsSttyPrintsThem() {
        assertThat(Terminal.parseSize("24 80\n").orElseThrow().getColumns()).isEqualTo(80);
        assertThat(Terminal.parseSize("")).isEmpty();
        assertThat(Terminal.parseSize("80")).isEmpty();
    }
}
