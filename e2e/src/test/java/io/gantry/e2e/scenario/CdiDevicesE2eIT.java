package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.google.protobuf.ByteString;
import io.gantry.e2e.harness.Handler;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.proto.cri.CDIDevice;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.PodSandboxConfig;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Devices as vendors describe them, inside containers. */
class CdiDevicesE2eIT {

    @RegisterExtension static final Node NODE = Node.shared();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final String VENDOR = "vendor.example/gpu";

    /** Asks for all that can be asked for; the second device may only be looked at. */
    private static final String SPEC =
            """
            cdiVersion: 0.7.0
            kind: vendor.example/gpu
            devices:
              - name: "0"
                containerEdits:
                  env: [ "GPU=zero", "PLAIN=of the device" ]
                  deviceNodes:
                    - { path: /dev/gpu/zero, type: c, major: 1, minor: 5, fileMode: 416, gid: 44 }
                    - { path: /dev/gpunull, hostPath: /dev/null, permissions: rw }
              - name: shut
                containerEdits:
                  deviceNodes:
                    - { path: /dev/shut, type: c, major: 1, minor: 1, permissions: none }
              - name: hooked
                containerEdits:
                  hooks: [ { hookName: createContainer, path: /usr/bin/vendor-hook } ]
            containerEdits:
              additionalGids: [ 4242 ]
              mounts:
                - { hostPath: LIBRARY, containerPath: /opt/vendor, options: [ rbind, ro ] }
            """;

    private Path library;

    @BeforeEach
    void describe() throws IOException {
        library = Files.createDirectories(NODE.home().resolve("vendor"));
        Files.writeString(library.resolve("version"), "525.1\n");
        Files.createDirectories(NODE.daemon().cdiSpecs());
        Files.writeString(
                NODE.daemon().cdiSpecs().resolve("gpu.yaml"),
                SPEC.replace("LIBRARY", library.toString()));
    }

    @AfterEach
    void forget() throws IOException {
        Files.delete(NODE.daemon().cdiSpecs().resolve("gpu.yaml"));
    }

    private static ContainerConfig.Builder asking(String... devices) {
        ContainerConfig.Builder config =
                Requests.script("c", NODE.image(), "trap 'exit 0' TERM; sleep 1000 & wait");
        config.addEnvsBuilder()
                .setKey("PLAIN")
                .setValue(ByteString.copyFromUtf8("of the container"));
        for (String device : devices) {
            config.addCDIDevices(CDIDevice.newBuilder().setName(VENDOR + "=" + device));
        }
        return config;
    }

    private static void assertHasTheDevice(String container) {
        assertThat(
                        NODE.cri()
                                .shell(
                                        container,
                                        """
                                        stat -c '%t:%T %a %u %g' /dev/gpu/zero
                                        head -c 3 /dev/gpu/zero | od -An -tx1
                                        echo gone > /dev/gpunull && echo written
                                        echo $GPU, $PLAIN
                                        cat /opt/vendor/version
                                        touch /opt/vendor/x 2>&1
                                        id -G
                                        """))
                .isEqualTo(
                        """
                        1:5 640 0 44
                         00 00 00
                        written
                        zero, of the device
                        525.1
                        touch: /opt/vendor/x: Read-only file system
                        0 4242
                        """);
    }

    @Test
    void aContainerHasTheDeviceItsVariablesMountsAndGroups() {
        PodSandboxConfig pod = NODE.pod("gpu").build();
        assertHasTheDevice(NODE.run(pod, asking("0").build()));
    }

    @Test
    void anAnnotationAsksForADeviceAsTheFieldDoes() {
        PodSandboxConfig pod = NODE.pod("annotated").build();
        ContainerConfig config =
                asking().putAnnotations("cdi.k8s.io/vendor_plugin", VENDOR + "=0").build();
        assertHasTheDevice(NODE.run(pod, config));
    }

    @Test
    void aNodeWithoutPermissionsIsThereAndCannotBeOpened() {
        String container = NODE.run(NODE.pod("shut").build(), asking("shut").build());
        assertThat(NODE.cri().shell(container, "stat -c %t:%T /dev/shut; cat /dev/shut 2>&1 || :"))
                .isEqualTo("1:1\ncat: can't open '/dev/shut': Operation not permitted\n");
    }

    @Test
    void otherContainersDoNotHaveTheDevice() {
        String container = NODE.run(NODE.pod("plain").build(), asking().build());
        assertThat(
                        NODE.cri()
                                .shell(
                                        container,
                                        "ls /dev/gpunull /opt/vendor 2>&1; echo $GPU, $PLAIN"))
                .contains("No such file")
                .endsWith(", of the container\n");
    }

    @Test
    void aDeviceThatIsNotThereIsNamedAndNothingIsLeft() {
        assertRefused(
                asking("0", "9"),
                Status.Code.INVALID_ARGUMENT,
                "unknown CDI devices: vendor.example/gpu=9");
        assertRefused(
                asking().putAnnotations("cdi.k8s.io/x", "gpu0"),
                Status.Code.INVALID_ARGUMENT,
                "CDI device \"gpu0\" is not named as vendor.com/class=device");
    }

    @Test
    void aDeviceThatNeedsHooksIsRefusedWithTheFileThatSaysSo() {
        assumeThat(Handler.isBuiltIn()).as("OCI runtimes run hooks").isTrue();
        assertRefused(
                asking("hooked"),
                Status.Code.UNIMPLEMENTED,
                "CDI device vendor.example/gpu=hooked of "
                        + NODE.daemon().cdiSpecs().resolve("gpu.yaml")
                        + " has hooks, which only OCI runtimes run");
    }

    private static void assertRefused(
            ContainerConfig.Builder config, Status.Code code, String reason) {
        PodSandboxConfig pod = NODE.pod("refused").build();
        String sandbox = NODE.cri().runPod(pod);
        for (int attempt = 0; attempt < 2; attempt++) {
            Throwable failure =
                    catchThrowable(() -> NODE.cri().create(sandbox, pod, config.build()));
            assertThat(Status.fromThrowable(failure).getCode()).isEqualTo(code);
            assertThat(failure).hasMessageContaining(reason);
            assertThat(NODE.cri().containers()).isEmpty();
        }
        NODE.cri().removePod(sandbox);
    }
}
