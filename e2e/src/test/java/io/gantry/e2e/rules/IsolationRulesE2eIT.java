package io.gantry.e2e.rules;

import io.gantry.e2e.harness.Confinement;
import io.gantry.e2e.harness.Rule;
import io.gantry.e2e.harness.Subject;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** What holds a container in, tried from inside of it. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "three runtimes take minutes there; HandlerIsolationE2eIT shows two")
class IsolationRulesE2eIT {

    @Rule
    void limitsAreThoseOfTheGroupAndWhatIsForbiddenFails(Subject node) {
        String container = node.run("held", Confinement.of(node.idle("c")));
        Confinement.assertHolds(node.cri(), container, node.isGantry());
    }
}
