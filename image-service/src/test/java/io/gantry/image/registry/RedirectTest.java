package io.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.PermissionDeniedException;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where redirects may lead; addresses are of ranges that documentation has for itself. */
class RedirectTest {

    private static final URI FROM = URI.create("https://203.0.113.5/v2/app/blobs/x?signature=s");

    @ParameterizedTest
    @CsvSource({
        "http://203.0.113.5/x, redirects to http",
        "ftp://198.51.100.7/x, redirects to ftp",
        "https:///x, redirects to https",
        "https://127.0.0.1/x, redirects to 127.0.0.1",
        "https://169.254.169.254/latest/meta-data, redirects to 169.254.169.254",
        "//[::1]:8080/x, redirects to [::1]:8080",
        "https://2130706433/, redirects to"
    })
    void refusedOnesAreNamedWithoutTheSignature(String location, String message) {
        assertThatThrownBy(() -> Transport.target(FROM, location))
                .isInstanceOf(PermissionDeniedException.class)
                .hasMessageContaining(message)
                .hasMessageNotContaining("signature");
    }

    @Test
    void relativeOnesStayWhereTheyAre() {
        assertThat(Transport.target(FROM, "/v2/other?x=y"))
                .isEqualTo(URI.create("https://203.0.113.5/v2/other?x=y"));
        assertThat(Transport.target(FROM, "https://198.51.100.7/signed"))
                .isEqualTo(URI.create("https://198.51.100.7/signed"));
    }

    @Test
    void httpMayLeadToHttps() {
        URI plain = URI.create("http://203.0.113.5/x");
        assertThat(Transport.target(plain, "https://203.0.113.5/x"))
                .isEqualTo(URI.create("https://203.0.113.5/x"));
    }
}
