package io.gantry.cri.translate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.cri.engine.ContainerRequest;
import io.gantry.proto.engine.CreateContainerRequest;
import io.gantry.proto.engine.ExecRequest;
import io.gantry.proto.engine.Limits;
import io.gantry.proto.engine.LogsRequest;
import io.gantry.proto.engine.Mount;
import io.gantry.proto.engine.PortMapping;
import java.time.Instant;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class EngineRequestsTest {

    @Test
    void limitsBecomeThoseOfTheKernel() {
        var resources =
                convert(
                                c ->
                                        c.setLimits(
                                                Limits.newBuilder()
                                                        .setCpuMillis(1500)
                                                        .setMemoryBytes(64L << 20)
                                                        .setCpuShares(512)))
                        .resources();

        assertThat(resources.cpuQuota()).isEqualTo(150_000);
        assertThat(resources.cpuPeriod()).isEqualTo(100_000);
        assertThat(resources.memoryLimit()).isEqualTo(64L << 20);
        assertThat(resources.cpuShares()).isEqualTo(512);
    }

    @Test
    void noLimitsAreNone() {
        assertThat(convert(c -> {}).resources())
                .isEqualTo(io.gantry.runtime.pod.LinuxResources.none());
    }

    @Test
    void limitsThatCannotWorkAreRefused() {
        assertThatThrownBy(() -> limits(l -> l.setMemoryBytes(1024)))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage(
                        "limits.memory_bytes is \"1024\": less than 4 MiB does not let a container"
                                + " start");
        assertThatThrownBy(() -> limits(l -> l.setCpuMillis(-1)))
                .hasMessage("limits.cpu_millis is \"-1\": it must not be negative");
        assertThatThrownBy(() -> limits(l -> l.setPids(-1)))
                .hasMessage("limits.pids is \"-1\": it must not be negative");
    }

    @Test
    void whatIsWrittenWronglyIsNamed() {
        assertThatThrownBy(() -> convert(CreateContainerRequest.Builder::clearImage))
                .hasMessage("image is missing");
        assertThatThrownBy(() -> convert(c -> c.addEnv("=x")))
                .hasMessage("env is \"=x\": it must be NAME=value");
        assertThatThrownBy(
                        () ->
                                convert(
                                        c ->
                                                c.addMounts(
                                                        Mount.newBuilder()
                                                                .setSource("data")
                                                                .setTarget("/d"))))
                .hasMessage("mounts.source is \"data\": it must be an absolute path");
        assertThatThrownBy(() -> port(p -> p.setHostPort(0)))
                .hasMessage("ports.host_port is \"0\": it must be between 1 and 65535");
        assertThatThrownBy(() -> port(p -> p.setProtocol("icmp")))
                .hasMessage("ports.protocol is \"icmp\": it must be tcp, udp or sctp");
        assertThatThrownBy(() -> convert(c -> c.setStopSignal("SIGNOPE")))
                .hasMessage("signal \"SIGNOPE\" is not one of Linux");
        assertThatThrownBy(
                        () -> EngineRequests.toDomain("c", ExecRequest.Open.getDefaultInstance()))
                .hasMessage("command is missing");
    }

    @Test
    void aTailOfNoneIsNotAll() {
        assertThat(EngineRequests.toDomain(LogsRequest.getDefaultInstance()).tail()).isEqualTo(-1);
        assertThat(EngineRequests.toDomain(LogsRequest.newBuilder().setTail(0).build()).tail())
                .isZero();
        assertThat(
                        EngineRequests.toDomain(
                                        LogsRequest.newBuilder().setSince(1_500_000_000L).build())
                                .since())
                .isEqualTo(Instant.ofEpochSecond(1, 500_000_000));
    }

    private static void limits(Consumer<Limits.Builder> change) {
        Limits.Builder limits = Limits.newBuilder();
        change.accept(limits);
        assertThat(convert(c -> c.setLimits(limits))).isNotNull();
    }

    private static void port(Consumer<PortMapping.Builder> change) {
        PortMapping.Builder port = PortMapping.newBuilder().setHostPort(80).setContainerPort(80);
        change.accept(port);
        assertThat(convert(c -> c.addPorts(port))).isNotNull();
    }

    private static ContainerRequest convert(Consumer<CreateContainerRequest.Builder> change) {
        CreateContainerRequest.Builder request =
                CreateContainerRequest.newBuilder().setImage("busybox");
        change.accept(request);
        return EngineRequests.toDomain(request.build());
    }
}
