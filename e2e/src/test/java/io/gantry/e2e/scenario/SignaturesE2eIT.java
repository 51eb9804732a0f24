package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.CosignSigner;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.ImageLayout;
import io.gantry.e2e.harness.ImageLayout.Packing;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Registry;
import io.gantry.e2e.harness.Tar;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A node with a policy for signatures, and images in Debian's registry. */
class SignaturesE2eIT {

    @RegisterExtension static final Node NODE = Node.own();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final CosignSigner TEAM = new CosignSigner();

    @BeforeAll
    static void configureAPolicy() throws IOException {
        Path policy = NODE.home().resolve("signatures.toml");
        Files.writeString(NODE.home().resolve("team.pub"), TEAM.publicKey());
        Files.writeString(
                policy,
                """
                default = "accept"
                [prefix."%s/signed"]
                action = "require"
                keys = ["team.pub"]
                [prefix."%s/signed/never"]
                action = "reject"
                """
                        .formatted(registry().host(), registry().host()));
        Path config = NODE.daemon().config();
        String text = Files.readString(config);
        NODE.daemon().stop();
        Files.writeString(
                config,
                text.replace(
                        "[registry]\n", "[registry]\nsignature_policy = \"" + policy + "\"\n"));
        NODE.daemon().start();
        // What a daemon opens for its first pull, it keeps.
        NODE.cri().pull(NODE.image());
    }

    @Test
    void aKubeletReadsWhyAnImageThatIsNotSignedMayNotCome() {
        String reference = push("signed/kubelet:1").reference();
        Throwable failure = catchThrowable(() -> NODE.cri().pull(reference));
        Failures.is(failure, Status.Code.UNKNOWN, "it is not signed");
        assertThat(Status.fromThrowable(failure).getDescription())
                .startsWith("SignatureValidationFailed: " + reference + " is not accepted by ");
        assertThat(NODE.cri().imageStatus(reference)).isEmpty();
    }

    @Test
    void anImageThatTheTeamSignedComesByItsTagAndByItsDigest() {
        Pushed image = push("signed/app:1");
        TEAM.sign(registry(), "signed/app", image.digest());
        String id = NODE.cri().pull(image.reference());
        String pinned = registry().reference("signed/app") + "@" + image.digest();
        assertThat(NODE.cri().pull(pinned)).isEqualTo(id);
    }

    @Test
    void theSignatureOfSomebodyElseOrOfAnotherRepositoryDoesNotCount() {
        Pushed image = push("signed/copy:1");
        new CosignSigner().sign(registry(), "signed/copy", image.digest());
        Failures.is(
                catchThrowable(() -> NODE.cri().pull(image.reference())),
                Status.Code.UNKNOWN,
                "it is by none of the keys that count");
        String other = registry().reference("signed/app");
        TEAM.sign(registry(), "signed/copy", image.digest(), other);
        Failures.is(
                catchThrowable(() -> NODE.cri().pull(image.reference())),
                Status.Code.UNKNOWN,
                "it is of " + other + ", not of " + registry().reference("signed/copy"));
    }

    @Test
    void anImageThatIsHereIsCheckedAgainAndGoesAsEver() throws IOException {
        Pushed image = push("signed/again:1");
        TEAM.sign(registry(), "signed/again", image.digest());
        String id = NODE.cri().pull(image.reference());
        Path key = NODE.home().resolve("team.pub");
        Files.writeString(key, new CosignSigner().publicKey());
        try {
            Failures.is(
                    catchThrowable(() -> NODE.cri().pull(image.reference())),
                    Status.Code.UNKNOWN,
                    "SignatureValidationFailed");
        } finally {
            Files.writeString(key, TEAM.publicKey());
        }
        assertThat(NODE.cri().imageStatus(image.reference()).orElseThrow().getId()).isEqualTo(id);
        NODE.cri().removeImage(id);
        assertThat(NODE.cri().imageStatus(image.reference())).isEmpty();
    }

    @Test
    void theClientPrintsTheReason() {
        String reference = push("signed/never/app:1").reference();
        Command.Result result = NODE.client().run("pull", reference);
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err())
                .contains(reference, "signatures.toml", "images of that name are rejected");
    }

    /** An image in the registry. */
    private record Pushed(String reference, String digest) {}

    private static Pushed push(String repository) {
        Path directory = NODE.home().resolve("images").resolve(repository.replaceAll("[:/]", "-"));
        ImageLayout layout = new ImageLayout(directory);
        byte[] layer = new Tar().file("name", repository).bytes();
        String digest = layout.layer(layer, Packing.GZIP).finish(Map.of()).manifestDigest();
        return new Pushed(registry().push(layout, repository), digest);
    }

    private static Registry registry() {
        return NODE.bed().registry();
    }
}
