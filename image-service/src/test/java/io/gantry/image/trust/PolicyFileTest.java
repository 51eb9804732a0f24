package io.gantry.image.trust;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.FailedPreconditionException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PolicyFileTest {

    private static final String REJECTED = "images of that name are rejected";

    @TempDir private Path directory;
    private final TestRepository repository = new TestRepository();

    @Test
    void theLongestPrefixDecides() throws Exception {
        PolicyFile policy =
                policy(
                        """
                        default = "reject"
                        [prefix."a.example"]
                        action = "accept"
                        [prefix."a.example/team"]
                        action = "reject"
                        [prefix."a.example/team/app"]
                        action = "accept"
                        """);
        accepts(policy, "a.example/other:1");
        refuses(policy, "a.example/team/x:1", "prefix \"a.example/team\": " + REJECTED);
        accepts(policy, "a.example/team/app:1");
        refuses(policy, "b.example/x:1", "default: " + REJECTED);
    }

    @Test
    void aPrefixEndsWhereAPartOfTheNameDoes() throws Exception {
        PolicyFile policy =
                policy(
                        """
                        default = "reject"
                        [prefix."a.example/team"]
                        action = "accept"
                        """);
        refuses(policy, "a.example/teamster:1", "default: " + REJECTED);
        refuses(policy, "a.example:5000/team:1", "default: " + REJECTED);
        accepts(policy, "a.example/team:1");
    }

    @Test
    void dockersShortNamesFallUnderDockerHub() throws Exception {
        PolicyFile policy =
                policy(
                        """
                        default = "reject"
                        [prefix."docker.io/library"]
                        action = "accept"
                        """);
        accepts(policy, "busybox");
        refuses(policy, "someone/busybox", "default: " + REJECTED);
    }

    @Test
    void aChangeCountsFromTheNextImageOn() throws Exception {
        PolicyFile policy = policy("default = \"accept\"\n");
        accepts(policy, "a.example/x");
        PolicyFile _ =
                policy(
                        """
                        default = "reject"
                        """);
        refuses(policy, "a.example/x", REJECTED);
    }

    @Test
    void aFileThatIsNotThereLetsNothingIn() {
        bad(new PolicyFile(directory.resolve("none.toml")), "cannot read signature policy");
    }

    @Test
    void aMistakeIsNamed() throws Exception {
        bad("", "default is missing");
        bad("default = \"maybe\"", "default is neither \"accept\" nor \"reject\"");
        bad("default = \"accept\"\nprefixes = 1", "prefixes is not a known key");
        bad("default = ", "line 1");
        bad(prefix("a.example", ""), "prefix.\"a.example\".action is missing");
        bad(prefix("a.example", "action = \"warn\""), "is none of \"accept\"");
        bad(prefix("a.example", "action = \"accept\"\nkeys = []"), "keys is not a known key");
        bad(prefix("a.example", "action = \"require\""), "neither keys nor identities");
        bad(prefix("index.docker.io", "action = \"accept\""), "did you mean \"docker.io\"?");
        bad(prefix("a.example/X", "action = \"accept\""), "is no prefix of names");
        bad(prefix("https://a.example", "action = \"accept\""), "is no prefix of names");
        bad(
                prefix("a.example", "action = \"require\"\nkeys = [\"k.pub\"]"),
                "keys names a file that cannot be read");
        bad(
                prefix(
                        "a.example",
                        "action = \"require\"\n[[prefix.\"a.example\".identity]]\nroot = \"x\"\n"
                                + "issuer = \"i\"\nsubject = \"s\""),
                "identity[0].root is \"x\", but there is no [root.x]");
        bad("default = \"accept\"\n[root.x]\nfulcio = []\n", "rekor is missing");
    }

    @Test
    void aFileWithoutAKeyThatCanBeUsedIsNamed() throws Exception {
        Files.writeString(directory.resolve("k.pub"), "nothing");
        bad(requiring(), "keys names k.pub, which has no PUBLIC KEY in PEM");
        KeyPairGenerator weak = KeyPairGenerator.getInstance("RSA");
        weak.initialize(1024);
        Files.writeString(
                directory.resolve("k.pub"),
                TestCertificates.pem(weak.generateKeyPair().getPublic()));
        bad(requiring(), "neither ECDSA P-256, P-384 or P-521, RSA of 2048 bits or more");
    }

    private static String requiring() {
        return prefix("a.example", "action = \"require\"\nkeys = [\"k.pub\"]");
    }

    private static String prefix(String name, String body) {
        return "default = \"accept\"\n[prefix.\"" + name + "\"]\n" + body + "\n";
    }

    private PolicyFile policy(String text) throws Exception {
        return new PolicyFile(Files.writeString(directory.resolve("policy.toml"), text));
    }

    private void bad(String text, String reason) throws Exception {
        bad(policy(text), reason);
    }

    private void bad(PolicyFile policy, String reason) {
        assertThatThrownBy(policy::load)
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessageContaining(reason);
        assertThatThrownBy(() -> repository.pull(policy, "a.example/x"))
                .isInstanceOf(FailedPreconditionException.class);
    }

    private void accepts(SignaturePolicy policy, String name) {
        assertThatCode(() -> repository.pull(policy, name)).doesNotThrowAnyException();
    }

    private void refuses(SignaturePolicy policy, String name, String reason) {
        assertThatThrownBy(() -> repository.pull(policy, name))
                .isInstanceOf(SignatureRefusedException.class)
                .hasMessageContaining(reason);
    }
}
