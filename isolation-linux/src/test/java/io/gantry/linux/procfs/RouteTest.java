package io.gantry.linux.procfs;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.base.IpSubnet;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

class RouteTest {

    private static final String IPV4 =
            """
            Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
            eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
            eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
            """;

    private static final String IPV6 =
            """
            fd000000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
            00000000000000000000ffff00000000 60 00000000000000000000000000000000 00 00000000000000000000000000000000 00000400 00000001 00000000 00000001       lo
            """;

    @TempDir private Path proc;

    static boolean isLittleEndian() {
        return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    }

    @Test
    @EnabledIf("isLittleEndian")
    void routesOfBothFamiliesAreRead() throws IOException {
        Path own = Files.createDirectories(proc.resolve("self/net"));
        Files.writeString(own.resolve("route"), IPV4);
        Files.writeString(own.resolve("ipv6_route"), IPV6);

        List<Route> routes = new ProcFs(proc).routes();

        assertThat(routes.subList(0, 3))
                .containsExactly(
                        new Route(IpSubnet.parse("0.0.0.0/0"), "eth0"),
                        new Route(IpSubnet.parse("192.0.2.0/24"), "eth0"),
                        new Route(IpSubnet.parse("fd00::/64"), "eth0"));
        assertThat(routes.get(3).destination().isIpv4()).isFalse();
        assertThat(routes).hasSize(4);
    }

    @Test
    void aKernelWithoutIpv6HasNoRoutesOfIt() throws IOException {
        Path own = Files.createDirectories(proc.resolve("self/net"));
        Files.writeString(own.resolve("route"), IPV4.lines().findFirst().orElseThrow() + "\n");

        assertThat(new ProcFs(proc).routes()).isEmpty();
    }

    @Test
    void thoseOfTheMachineCanBeRead() throws IOException {
        assertThat(ProcFs.SYSTEM.routes()).isNotNull();
    }
}
