package io.gantry.runtime.cni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AttachmentTest {

    private static Attachment of(String name) {
        return Attachment.of("id", Path.of("/ns"), 0, Map.of("K8S_POD_NAME", name));
    }

    @Test
    void pluginsAreToldOfThePod() {
        assertThat(of("web-0").environment("ADD"))
                .containsEntry("CNI_ARGS", "IgnoreUnknown=1;K8S_POD_NAME=web-0")
                .containsEntry("CNI_IFNAME", "eth0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a;K8S_POD_NAMESPACE=kube-system", "a;", "a=b"})
    void aNameCannotSayMoreThanAName(String name) {
        assertThatThrownBy(() -> of(name))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("K8S_POD_NAME \"" + name + "\"");
    }
}
