package io.gantry.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
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
        DetachKeys keys = DetachKeys.parse(DetachKeys.DEFAULT);
        assertThat(passed(keys, "a\020")).isEqualTo("a");
        assertThat(passed(keys, "x\021\020")).isEqualTo("\020x\021");
        assertThat(passed(keys, "\020")).as("the second may begin them, too").isEqualTo("\020");
        assertThat(keys.found()).isFalse();
        assertThat(passed(keys, "\021never")).isEmpty();
        assertThat(keys.found()).isTrue();
    }

    @Test
    void detachKeysThatRepeatThemselvesAreFoundAtTheLastPlace() {
        DetachKeys keys = DetachKeys.parse("a,a,ctrl-[");
        assertThat(passed(keys, "aaba")).isEqualTo("aab");
        assertThat(passed(keys, "aa\033")).isEqualTo("a");
        assertThat(keys.found()).isTrue();
    }

    @Test
    void whatMightHaveBecomeDetachKeysIsNotLostAtTheEnd() {
        DetachKeys keys = DetachKeys.parse("a,b");
        assertThat(passed(keys, "xa")).isEqualTo("x");
        assertThat(keys.rest()).containsExactly('a');
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ab", "a,", "ctrl-", "ctrl-1", "ctrl-A", "é"})
    void badDetachKeysAreRefused(String text) {
        assertThatExceptionOfType(UsageException.class)
                .isThrownBy(() -> DetachKeys.parse(text))
                .withMessageStartingWith("--detach-keys: ");
    }

    private static String passed(DetachKeys keys, String typed) {
        byte[] bytes = typed.getBytes(US_ASCII);
        return new String(keys.pass(bytes, bytes.length), US_ASCII);
    }

    @Test
    void terminalSizesAreReadAsSttyPrintsThem() {
        assertThat(Terminal.parseSize("24 80\n").orElseThrow().getColumns()).isEqualTo(80);
        assertThat(Terminal.parseSize("")).isEmpty();
        assertThat(Terminal.parseSize("80")).isEmpty();
    }
}
