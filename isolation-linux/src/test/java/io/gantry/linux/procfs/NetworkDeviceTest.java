package io.gantry.linux.procfs;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.linux.procfs.NetworkDevice.Traffic;
import java.util.List;
import org.junit.jupiter.api.Test;

class NetworkDeviceTest {

    private static final String TEXT =
            """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
              eth0:123456789    12    3    4    0     0          0         5      678       9    1    2    0     0       0          0
            """;

    @Test
    void eachLineButTheHeadingsIsADevice() {
        assertThat(NetworkDevice.parse(TEXT.lines().toList()))
                .containsExactly(
                        new NetworkDevice("lo", new Traffic(0, 0, 0, 0), new Traffic(0, 0, 0, 0)),
                        new NetworkDevice(
                                "eth0",
                                new Traffic(123_456_789, 12, 3, 4),
                                new Traffic(678, 9, 1, 2)));
    }

    @Test
    void noLineIsNoDevice() {
        assertThat(NetworkDevice.parse(List.of())).isEmpty();
    }
}
