package io.gantry.cri.streaming.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ExitStatusTest {

    @Test
    void successIsAStatusInJsonAndNothingBefore() {
        assertThat(text(new ExitStatus.Success(), true))
                .isEqualTo("{\"metadata\":{},\"status\":\"Success\"}");
        assertThat(text(ExitStatus.of(0), false)).isEmpty();
    }

    @Test
    void anExitCodeIsWhereKubectlLooksForIt() throws Exception {
        JsonNode status = new ObjectMapper().readTree(text(ExitStatus.of(137), true));

        assertThat(status.get("status").textValue()).isEqualTo("Failure");
        assertThat(status.get("reason").textValue()).isEqualTo("NonZeroExitCode");
        JsonNode cause = status.get("details").get("causes").get(0);
        assertThat(cause.get("reason").textValue()).isEqualTo("ExitCode");
        assertThat(cause.get("message").textValue()).isEqualTo("137");
        assertThat(text(ExitStatus.of(3), false))
                .isEqualTo("command terminated with non-zero exit code: exit code 3");
    }

    @Test
    void whatCouldNotBeDoneIsAnInternalErrorWithItsReason() throws Exception {
        String reason = "no \"sh\"\nin \\ there";
        JsonNode status = new ObjectMapper().readTree(text(new ExitStatus.Failure(reason), true));

        assertThat(status.get("code").intValue()).isEqualTo(500);
        assertThat(status.get("reason").textValue()).isEqualTo("InternalError");
        assertThat(status.get("message").textValue())
                .isEqualTo("Internal error occurred: " + reason);
        assertThat(status.get("details").get("causes").get(0).get("message").textValue())
                .isEqualTo(reason);
    }

    private static String text(ExitStatus status, boolean json) {
        return new String(status.encode(json), StandardCharsets.UTF_8);
    }
}
