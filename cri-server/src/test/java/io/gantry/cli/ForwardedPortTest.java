package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ForwardedPortTest {

    @ParameterizedTest
    @CsvSource({"80,80,80", "8080:80,8080,80", ":80,0,80", "0:80,0,80", "65535:65535,65535,65535"})
    void aPortOfThisMachineComesBeforeThatOfThePod(String text, int local, int remote) {
        assertThat(ForwardedPort.parse(text)).isEqualTo(new ForwardedPort(local, remote));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", ":", "80:", "0", "http", "8080:http", "65536", "1:65536", "1:2:3", "-1"})
    void whatIsNoPortIsNamed(String text) {
        assertThatThrownBy(() -> ForwardedPort.parse(text))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("'" + text + "'");
    }

    @Test
    void aPortThatWasChosenIsTheSameOnAllAddresses() throws Exception {
        List<PortListener> listeners =
                PortListener.open(List.of("127.0.0.1", "127.0.0.2"), new ForwardedPort(0, 80));
        try {
            int chosen = listeners.getFirst().localPort();
            assertThat(listeners)
                    .extracting(PortListener::toString)
                    .containsExactly(
                            "127.0.0.1:" + chosen + " -> 80", "127.0.0.2:" + chosen + " -> 80");
        } finally {
            PortListener.closeAll(listeners);
        }
    }

    @Test
    void onePortInUseLeavesNothingOpen() throws Exception {
        List<PortListener> taken =
                PortListener.open(List.of("127.0.0.2"), new ForwardedPort(0, 80));
        try {
            int port = taken.getFirst().localPort();
            List<String> addresses = List.of("127.0.0.1", "127.0.0.2");
            assertThatThrownBy(() -> PortListener.open(addresses, new ForwardedPort(port, 80)))
                    .hasMessageStartingWith("cannot listen at 127.0.0.2:" + port + ": ");
            PortListener.closeAll(
                    PortListener.open(List.of("127.0.0.1"), new ForwardedPort(port, 80)));
        } finally {
            PortListener.closeAll(taken);
        }
    }

    @Test
    void anAddressThatIsNoneIsNamed() {
        assertThatThrownBy(
                        () -> PortListener.open(List.of("example.com"), new ForwardedPort(0, 80)))
                .isInstanceOf(UsageException.class)
                .hasMessage("--address: 'example.com' is neither an IP address nor localhost");
    }
}
