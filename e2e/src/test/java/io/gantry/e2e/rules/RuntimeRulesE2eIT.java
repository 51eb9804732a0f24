package io.gantry.e2e.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.e2e.harness.Rule;
import io.gantry.e2e.harness.Subject;
import io.gantry.proto.cri.LinuxContainerResources;
import io.gantry.proto.cri.NetworkConfig;
import io.gantry.proto.cri.RuntimeCondition;
import io.gantry.proto.cri.RuntimeConfigRequest;
import io.gantry.proto.cri.RuntimeHandler;
import io.gantry.proto.cri.RuntimeStatus;
import io.gantry.proto.cri.StatusRequest;
import io.gantry.proto.cri.StatusResponse;
import io.gantry.proto.cri.UpdateRuntimeConfigRequest;
import io.gantry.proto.cri.VersionRequest;
import io.gantry.proto.cri.VersionResponse;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** Version, Status, RuntimeConfig and UpdateRuntimeConfig. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "three runtimes, one after the other, take minutes there")
class RuntimeRulesE2eIT {

    private static StatusResponse status(Subject node, boolean verbose) {
        return node.cri().runtime().status(StatusRequest.newBuilder().setVerbose(verbose).build());
    }

    @Rule
    void theVersionIsThatOfTheInterfaceAndAllOfItIsThere(Subject node) {
        VersionResponse version = node.cri().runtime().version(VersionRequest.getDefaultInstance());
        assertThat(version.getVersion()).isEqualTo("0.1.0");
        assertThat(version.getRuntimeApiVersion()).isEqualTo("v1");
        assertThat(version.getRuntimeName()).isEqualTo(node.isGantry() ? "gantry" : "containerd");
        assertThat(version.getRuntimeVersion()).matches("\\d+\\.\\d+\\.\\d+.*");
    }

    @Rule
    void theRuntimeAndItsNetworkAreReady(Subject node) {
        RuntimeStatus status = status(node, false).getStatus();
        assertThat(status.getConditionsList())
                .filteredOn(RuntimeCondition::getStatus)
                .extracting(RuntimeCondition::getType)
                .contains("RuntimeReady", "NetworkReady");
    }

    @Rule
    void aVerboseStatusHasItsConfigurationAsJsonAndAnotherHasNone(Subject node)
            throws JsonProcessingException {
        assertThat(status(node, false).getInfoMap()).isEmpty();
        var info = status(node, true).getInfoMap();
        var config = new ObjectMapper().readTree(info.get("config"));
        assertThat(config.path("stateDir").asText()).startsWith("/");
    }

    @Rule(notContainerd = "it tells of no handlers before 2.0")
    void theHandlersAreToldWithTheDefaultAndTheirFeatures(Subject node) {
        StatusResponse status = status(node, false);
        assertThat(status.getRuntimeHandlersList())
                .extracting(RuntimeHandler::getName)
                .contains("", "runc")
                .doesNotHaveDuplicates();
        assertThat(status.getFeatures().getSupplementalGroupsPolicy()).isTrue();
    }

    @Rule(notContainerd = "the call is newer")
    void theDriverOfControlGroupsIsTold(Subject node) {
        assertThat(
                        node.cri()
                                .runtime()
                                .runtimeConfig(RuntimeConfigRequest.getDefaultInstance())
                                .hasLinux())
                .isTrue();
    }

    @Rule
    void aRangeOfAddressesIsTakenWhereANetworkIsConfiguredAlready(Subject node) {
        UpdateRuntimeConfigRequest.Builder request = UpdateRuntimeConfigRequest.newBuilder();
        request.getRuntimeConfigBuilder()
                .setNetworkConfig(NetworkConfig.newBuilder().setPodCidr("10.99.0.0/24"));
        node.cri().runtime().updateRuntimeConfig(request.build());
        String container = node.runIdle("as-before");
        assertThat(node.cri().shell(container, "ip -o -4 addr show eth0")).contains(" 10.87.0.");
    }

    @Rule
    void limitsThatTheNodeDoesNotHaveForHugePagesAreTolerated(Subject node) {
        var config = node.idle("c");
        LinuxContainerResources.Builder limits = config.getLinuxBuilder().getResourcesBuilder();
        limits.addHugepageLimitsBuilder().setPageSize("2MB").setLimit(0);
        assertThat(node.cri().shell(node.run("huge", config), "echo runs")).isEqualTo("runs\n");
    }
}
