package io.gantry.image.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Privilege that a test needs: where CI is set its lack is a failure, else the test is left out.
 */
public final class Root {

    private Root() {}

    /** Call it first in a privileged test. */
    public static void required() {
        boolean root = "root".equals(System.getProperty("user.name"));
        if ("true".equals(System.getenv("CI"))) {
            assertThat(root).as("privileged tests run as root").isTrue();
        }
        assumeTrue(root, "needs root");
    }
}
