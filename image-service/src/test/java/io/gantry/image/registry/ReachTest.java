package io.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.PermissionDeniedException;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReachTest {

    /** Of a range that documentation has for itself. */
    private static final URI REGISTRY = URI.create("https://203.0.113.5/v2");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1/",
                "https://127.8.9.10:8443/x",
                "https://localhost/",
                "https://x.localhost/",
                "https://[::1]/",
                "https://[::ffff:127.0.0.1]/",
                "https://0.0.0.0/",
                "https://[::]/",
                "http://169.254.169.254/latest/meta-data",
                "http://[fe80::1]/",
                "https://224.0.0.1/"
            })
    void whatOnlyThisMachineReachesIsRefused(String url) {
        assertThatThrownBy(() -> Reach.check(REGISTRY, URI.create(url), "redirects"))
                .isInstanceOf(PermissionDeniedException.class)
                .hasMessageStartingWith("203.0.113.5 redirects to ")
                .hasMessageEndingWith(", an address of this machine or its link, which is refused");
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://198.51.100.7/", "https://10.1.2.3/", "https://[2001:db8::1]/"})
    void otherHostsAreAllowedPrivateOnesToo(String url) {
        assertThatCode(() -> Reach.check(REGISTRY, URI.create(url), "redirects"))
                .doesNotThrowAnyException();
    }

    @Test
    void whoIsOnThisMachineMayNameWhatIs() {
        assertThatCode(
                        () ->
                                Reach.check(
                                        URI.create("http://127.0.0.1:5000/v2"),
                                        URI.create("http://localhost:5001/token"),
                                        "redirects"))
                .doesNotThrowAnyException();
    }
}
