package io.gantry.e2e.rules;

import io.gantry.e2e.harness.Confinement;
import io.gantry.e2e.harness.Rule;
import io.gantry.e2e.harness.Subject;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.PodSandboxConfig;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** What holds a container in, tried from inside of it. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "three runtimes take minutes there; HandlerIsolationE2eIT shows two")
class IsolationRulesE2eIT {

    @Rule
    void limitsAreThoseOfTheGroupAndWhatIsForbiddenFails(Subject node) {
        String container =
                node.run("held", Confinement.of(node.idle("c"), node.directory("given")));
        Confinement.assertHolds(node.cri(), container, node.isGantry());
    }

    @Rule
    void aPrivilegedContainerMayWhatItsNodeMay(Subject node) {
        PodSandboxConfig.Builder pod = node.pod("free");
        ContainerConfig.Builder config = Confinement.without(pod, node.idle("c"));
        String container = node.run(pod.build(), config.build());
        Confinement.assertDoesNotHold(node.cri(), container, node.directory("free"));
    }
}
