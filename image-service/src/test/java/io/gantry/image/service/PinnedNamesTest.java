package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PinnedNamesTest {

    @ParameterizedTest
    @CsvSource({
        "registry.k8s.io/pause*, registry.k8s.io/pause:3.9, true",
        "registry.k8s.io/pause*, registry.k8s.io/pause-amd64:3.9, true",
        "registry.k8s.io/pause:*, registry.k8s.io/pause-amd64:3.9, false",
        "registry.k8s.io/pause*, mirror.example/registry.k8s.io/pause:3.9, false",
        "*/pause:*, registry.k8s.io/pause:3.9, true",
        "registry.k8s.io/*, registry.k8s.io/a/b/c:1, true",
        "busybox:1.3?, docker.io/library/busybox:1.36, true",
        "busybox:1.3?, docker.io/library/busybox:1.3, false",
        "docker.io/library/busybox:latest, docker.io/library/busybox:latest, true",
        "registry.k8s.io/pause, registry.k8s.io/pause:3.9, false",
        "registryXk8s.io/pause:3.9, registry.k8s.io/pause:3.9, false",
    })
    void aGlobFitsAWholeName(String glob, String name, boolean fits) {
        assertThat(new PinnedNames(List.of("other", glob)).pin(List.of(name))).isEqualTo(fits);
    }
}
