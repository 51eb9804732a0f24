package io.gantry.runtime.service;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** The same over runc. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "runc takes half a second for each process there")
@Tag("privileged")
class RuncPrivilegedIT extends RuntimePrivilegedIT {

    @Override
    String handler() {
        return "runc";
    }
}
