package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.gantry.proto.engine.Container;
import io.gantry.proto.engine.ContainerState;
import io.gantry.proto.engine.Exit;
import io.gantry.proto.engine.LogsResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutputTest {

    @ParameterizedTest
    @CsvSource({
        "0,0B",
        "999,999B",
        "1000,1.00kB",
        "4270000,4.27MB",
        "99940,99.9kB",
        "99950,100kB",
        "999500,1.00MB",
        "12345678901,12.3GB"
    })
    void sizesHaveThreeDigits(long bytes, String text) {
        assertThat(HumanText.size(bytes)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
        "0,Less than a second",
        "1,1 second",
        "59,59 seconds",
        "60,1 minute",
        "7200,2 hours",
        "172800,2 days",
        "1209600,2 weeks",
        "31536000,12 months",
        "94608000,3 years"
    })
    void durationsShowTheirLargestUnit(long seconds, String text) {
        assertThat(HumanText.duration(Duration.ofSeconds(seconds))).isEqualTo(text);
    }

    @Test
    void statusTellsExitCodeAndAge() {
        Container exited =
                Container.newBuilder()
                        .setState(ContainerState.CONTAINER_STATE_EXITED)
                        .setExit(Exit.newBuilder().setCode(3))
                        .setFinishedAt(1_000_000_000L)
                        .build();
        assertThat(PsCommand.status(exited, Instant.ofEpochSecond(61)))
                .isEqualTo("Exited (3) 1 minute ago");
    }

    @Test
    void jsonKeepsNamesNumbersAndOrder() {
        Container container =
                Container.newBuilder()
                        .setId("a\"\n")
                        .addIps("10.0.0.1")
                        .putLabels("z", "1")
                        .putLabels("a", "2")
                        .setCreatedAt(1_767_323_045_250_000_000L)
                        .build();
        assertThat(JsonText.of(container))
                .startsWith("{\n  \"id\": \"a\\\"\\n\",\n")
                .contains("\"created_at\": 1767323045250000000")
                .contains("\"labels\": {\n    \"a\": \"2\",\n    \"z\": \"1\"\n  }")
                .contains("\"ips\": [\n    \"10.0.0.1\"\n  ]")
                .contains("\"state\": \"CONTAINER_STATE_UNKNOWN\"")
                .doesNotContain("\"exit\"");
    }

    @Test
    void bytesAreBase64InJson() {
        LogsResponse piece =
                LogsResponse.newBuilder().setData(ByteString.copyFromUtf8("hi")).build();
        assertThat(JsonText.of(piece)).contains("\"data\": \"aGk=\"");
    }

    @Test
    void anEmptyListIsAnEmptyArray() {
        assertThat(JsonText.of(List.of())).isEqualTo("[]");
    }

    @Test
    void idsAreShownWithoutTheirAlgorithm() {
        assertThat(OutputOptions.shorten("sha256:0123456789abcdef")).isEqualTo("0123456789ab");
        assertThat(OutputOptions.shorten("abc")).isEqualTo("abc");
    }
}
