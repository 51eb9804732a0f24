package io.gantry.runtime.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.runtime.pod.SecurityProfile;
import org.junit.jupiter.api.Test;

class SecurityTest {

    private final TestNode withoutAppArmor = new TestNode();

    @Test
    void aNodeWithoutAppArmorDoesWithoutTheDefaultProfile() {
        assertThat(Security.apparmor(null, withoutAppArmor)).isEmpty();
        assertThat(Security.apparmor(SecurityProfile.runtimeDefault(), withoutAppArmor)).isEmpty();
        assertThat(Security.apparmor(SecurityProfile.unconfined(), withoutAppArmor)).isEmpty();
    }

    @Test
    void aNodeWithoutAppArmorRefusesAProfileThatSomebodyCountsOn() {
        SecurityProfile named = new SecurityProfile(SecurityProfile.Type.LOCALHOST, "web");
        assertThatThrownBy(() -> Security.apparmor(named, withoutAppArmor))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessage("AppArmor profile web cannot be had: AppArmor is off on this node");
    }
}
