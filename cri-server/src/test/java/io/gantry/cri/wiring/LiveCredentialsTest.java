package io.gantry.cri.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.cri.config.CriServerConfig;
import io.gantry.cri.config.CriServerConfig.Registry;
import io.gantry.cri.config.CriServerConfig.RegistryAuth;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LiveCredentialsTest {

    private static Registry with(Map<String, RegistryAuth> auth) {
        Registry defaults = CriServerConfig.defaults().registry();
        return new Registry(defaults.configPath(), null, auth, null, defaults.transfers());
    }

    @Test
    void thoseOfTheConfigurationThatWasReadLastAreFound() {
        LiveCredentials credentials = new LiveCredentials(with(Map.of()));
        assertThat(credentials.find("r.example", "a").isAnonymous()).isTrue();

        credentials.use(with(Map.of("r.example", new RegistryAuth("u", "p", "", "", ""))));
        assertThat(credentials.find("r.example", "a").isAnonymous()).isFalse();

        credentials.use(with(Map.of()));
        assertThat(credentials.find("r.example", "a").isAnonymous()).isTrue();
    }
}
