package io.gantry.image.trust;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.image.trust.TestSigstore.Signer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Signatures by identities, "keyless": certificates of minutes, and the log that has their time.
 */
final class IdentitySignatureTest {

    private static final String NAME = "registry.example/team/app";
    private static final String ISSUER = "https://token.example";
    private static final Identity TEAM =
            new Identity(ISSUER, "https://git.example/team/app/release.yml@refs/tags/v1");
    private static final Instant IN_TIME = TestSigstore.NOW.plus(Duration.ofSeconds(30));

    @TempDir private Path directory;
    private final TestRepository repository = new TestRepository();
    private TestSigstore sigstore;

    @BeforeEach
    void startSigstore() throws Exception {
        sigstore = new TestSigstore();
    }

    @Test
    void acceptsWhatATrustedIdentitySigned() throws Exception {
        repository.sign(layer(sigstore.signer(TEAM), sigstore, IN_TIME));
        accepts(policy(TEAM.subject()));
        accepts(policy("https://git.example/team/*"));
    }

    @Test
    void acceptsAMailAddress() throws Exception {
        Identity person = new Identity(ISSUER, "person@team.example");
        repository.sign(layer(sigstore.signer(person), sigstore, IN_TIME));
        accepts(policy("*@team.example"));
    }

    @Test
    void acceptsAStatementInABundleWithItsProofOfInclusion() throws Exception {
        repository.attach(bundle(sigstore.signer(TEAM), sigstore, IN_TIME));
        accepts(policy(TEAM.subject()));
    }

    @Test
    void refusesAnotherIdentity() throws Exception {
        repository.sign(layer(sigstore.signer(TEAM), sigstore, IN_TIME));
        refuses(
                policy("https://git.example/team"),
                "it is by " + TEAM.subject() + " by " + ISSUER + ", who does not count");
    }

    @Test
    void refusesAGlobAsIfItWereAPattern() throws Exception {
        repository.sign(layer(sigstore.signer(TEAM), sigstore, IN_TIME));
        refuses(policy("https://git.example/.+"), "who does not count");
    }

    @Test
    void refusesAnotherIssuer() throws Exception {
        Signer signer = sigstore.signer(new Identity("https://evil.example", TEAM.subject()));
        repository.sign(layer(signer, sigstore, IN_TIME));
        refuses(policy("*"), "by https://evil.example, who does not count");
    }

    @Test
    void refusesACertificateOfAnotherAuthority() throws Exception {
        TestSigstore other = new TestSigstore();
        repository.sign(layer(other.signer(TEAM), sigstore, IN_TIME));
        refuses(policy("*"), "does not lead to the authorities of root own");
    }

    @Test
    void refusesAnAuthorityThatCameWithTheSignature() throws Exception {
        TestSigstore other = new TestSigstore();
        ObjectNode layer = layer(other.signer(TEAM), sigstore, IN_TIME);
        ((ObjectNode) layer.get("annotations"))
                .put(
                        "dev.sigstore.cosign/chain",
                        TestCertificates.pem(other.intermediate.certificate())
                                + TestCertificates.pem(other.root.certificate()));
        repository.sign(layer);
        refuses(policy("*"), "does not lead to the authorities of root own");
    }

    @Test
    void refusesACertificateThatWasNotValidWhenItSigned() throws Exception {
        Instant late = TestSigstore.NOW.plus(Duration.ofMinutes(11));
        repository.sign(layer(sigstore.signer(TEAM), sigstore, late));
        refuses(policy("*"), "entered into the log at " + late);
        repository.sign(layer(sigstore.signer(TEAM), sigstore, Instant.EPOCH));
        refuses(policy("*"), "when its certificate was not valid");
    }

    @Test
    void refusesACertificateForServers() throws Exception {
        Signer server = sigstore.signer(TEAM, TestCertificates.SERVER, false);
        repository.sign(layer(server, sigstore, IN_TIME));
        refuses(policy("*"), "not one for signing code");
    }

    @Test
    void refusesACertificateOfSomebodyElsesKey() throws Exception {
        Signer team = sigstore.signer(TEAM);
        Signer thief = new Signer(TestCertificates.keys(), team.certificate());
        repository.sign(layer(thief, sigstore, IN_TIME));
        refuses(policy("*"), "it is not by the key of its certificate");
    }

    @Test
    void refusesASignatureWithoutCertificate() throws Exception {
        Signer team = sigstore.signer(TEAM);
        byte[] payload = payload();
        String signature =
                TestSigstore.base64(TestCertificates.sign(team.keys().getPrivate(), payload));
        repository.sign(repository.layer(payload, Map.of(CosignSignature.SIGNATURE, signature)));
        refuses(policy("*"), "it comes without a certificate");
    }

    @Test
    void refusesASignatureThatIsInNoLog() throws Exception {
        ObjectNode layer = layer(sigstore.signer(TEAM), sigstore, IN_TIME);
        ((ObjectNode) layer.get("annotations")).remove("dev.sigstore.cosign/bundle");
        repository.sign(layer);
        refuses(policy("*"), "it comes without an entry of a log");
    }

    @Test
    void refusesAnEntryOfALogThatIsNotBelieved() throws Exception {
        TestSigstore other = new TestSigstore();
        repository.sign(layer(sigstore.signer(TEAM), other, IN_TIME));
        refuses(policy("*"), "log " + other.logId() + " is none of root own");
    }

    @Test
    void refusesAnEntryWhoseTimeWasChanged() throws Exception {
        Instant late = TestSigstore.NOW.plus(Duration.ofMinutes(11));
        ObjectNode bundle = bundle(sigstore.signer(TEAM), sigstore, late);
        entry(bundle).put("integratedTime", Long.toString(IN_TIME.getEpochSecond()));
        repository.attach(bundle);
        refuses(policy("*"), "its log entry is not signed by the log");
    }

    @Test
    void refusesAnEntryWithoutASignedTime() throws Exception {
        ObjectNode bundle = bundle(sigstore.signer(TEAM), sigstore, IN_TIME);
        entry(bundle).remove("inclusionPromise");
        repository.attach(bundle);
        refuses(policy("*"), "its log entry comes without a signed time");
    }

    @Test
    void refusesTheEntryOfAnotherSignature() throws Exception {
        Signer team = sigstore.signer(TEAM);
        byte[] again = TestCertificates.sign(team.keys().getPrivate(), payload());
        String pem = TestCertificates.pem(team.certificate());
        byte[] body = TestSigstore.hashedRekord(payload(), again, pem);
        repository.sign(withEntry(layer(team, sigstore, IN_TIME), body));
        refuses(policy("*"), "its log entry names another signature");
    }

    @Test
    void refusesTheEntryOfAnotherSigner() throws Exception {
        ObjectNode layer = layer(sigstore.signer(TEAM), sigstore, IN_TIME);
        String pem = TestCertificates.pem(sigstore.signer(TEAM).certificate());
        byte[] body = TestSigstore.hashedRekord(payload(), signature(layer), pem);
        repository.sign(withEntry(layer, body));
        refuses(policy("*"), "its log entry names another signer");
    }

    @Test
    void refusesTheEntryOfOtherContent() throws Exception {
        Signer team = sigstore.signer(TEAM);
        ObjectNode layer = layer(team, sigstore, IN_TIME);
        String pem = TestCertificates.pem(team.certificate());
        byte[] body = TestSigstore.hashedRekord(new byte[] {1}, signature(layer), pem);
        repository.sign(withEntry(layer, body));
        refuses(policy("*"), "its log entry names other content");
    }

    @Test
    void refusesAnEntryThatIsNotProvedToBeInTheTree() throws Exception {
        ObjectNode bundle = bundle(sigstore.signer(TEAM), sigstore, IN_TIME);
        ObjectNode proof = (ObjectNode) entry(bundle).get("inclusionProof");
        proof.withArray("hashes").set(0, proof.get("hashes").get(1));
        repository.attach(bundle);
        refuses(policy("*"), "its log entry is not proved to be in the log's tree");
    }

    @Test
    void refusesAProofThatIsTooShort() throws Exception {
        ObjectNode bundle = bundle(sigstore.signer(TEAM), sigstore, IN_TIME);
        ObjectNode proof = (ObjectNode) entry(bundle).get("inclusionProof");
        proof.withArray("hashes").remove(2);
        repository.attach(bundle);
        refuses(policy("*"), "its log entry is not proved to be in the log's tree");
    }

    @Test
    void refusesACheckpointOfAnotherTree() throws Exception {
        byte[] other = TestSigstore.sha256(new byte[] {1});
        refusesCheckpoint(
                TestSigstore.checkpoint(sigstore.rekor, 5, other),
                "its log entry has a checkpoint of another tree");
    }

    @Test
    void refusesACheckpointThatSomebodyElseSigned() throws Exception {
        ObjectNode bundle = bundle(sigstore.signer(TEAM), sigstore, IN_TIME);
        ObjectNode proof = (ObjectNode) entry(bundle).get("inclusionProof");
        byte[] tree = Base64.getDecoder().decode(proof.get("rootHash").textValue());
        String forged = TestSigstore.checkpoint(TestCertificates.keys(), 5, tree);
        proof.putObject("checkpoint").put("envelope", forged);
        repository.attach(bundle);
        refuses(policy("*"), "its log entry has a checkpoint not signed by the log");
    }

    @Test
    void refusesAProofWithoutCheckpoint() throws Exception {
        refusesCheckpoint("", "its log entry comes without a checkpoint of the log");
    }

    @Test
    void refusesACertificateThatNoLogPromisedToListWhereOneIsAskedFor() throws Exception {
        PolicyFile policy = policy("*", "ctlog = [\"ct.pub\"]\n");
        repository.sign(layer(sigstore.signer(TEAM), sigstore, IN_TIME));
        refuses(policy, "its certificate has no promise of a certificate log of root own");
        TestSigstore other = new TestSigstore();
        Signer promisedByOther = new TestSigstoreWithLog(sigstore, other).signer(TEAM);
        repository.sign(layer(promisedByOther, sigstore, IN_TIME));
        refuses(policy, "its certificate has no promise of a certificate log of root own");
        Signer promised = sigstore.signer(TEAM, TestCertificates.CODE_SIGNING, true);
        repository.sign(layer(promised, sigstore, IN_TIME));
        accepts(policy);
    }

    /** Authorities of one instance, the log of another. */
    private record TestSigstoreWithLog(TestSigstore authorities, TestSigstore log) {
        Signer signer(Identity identity) throws Exception {
            Signer signer = log.signer(identity, TestCertificates.CODE_SIGNING, true);
            TestCertificates.Contents contents =
                    new TestCertificates.Contents(
                            "",
                            signer.keys().getPublic(),
                            TestSigstore.NOW,
                            TestSigstore.NOW.plus(Duration.ofMinutes(10)),
                            TestCertificates.fulcio(identity, TestCertificates.CODE_SIGNING));
            byte[] promise = signer.certificate().getExtensionValue("1.3.6.1.4.1.11129.2.4.2");
            byte[] value = Der.of(promise).content();
            return new Signer(
                    signer.keys(),
                    TestCertificates.issue(
                            authorities.intermediate,
                            contents.with(
                                    TestCertificates.extension(
                                            "1.3.6.1.4.1.11129.2.4.2", false, value))));
        }
    }

    private void refusesCheckpoint(String note, String reason) throws Exception {
        ObjectNode bundle = bundle(sigstore.signer(TEAM), sigstore, IN_TIME);
        ((ObjectNode) entry(bundle).get("inclusionProof"))
                .putObject("checkpoint")
                .put("envelope", note);
        repository.attach(bundle);
        refuses(policy("*"), reason);
    }

    private void accepts(SignaturePolicy policy) {
        assertThatCode(() -> repository.pull(policy, NAME + ":1")).doesNotThrowAnyException();
    }

    private void refuses(SignaturePolicy policy, String reason) {
        assertThatThrownBy(() -> repository.pull(policy, NAME + ":1"))
                .isInstanceOf(SignatureRefusedException.class)
                .hasMessageContaining(reason);
    }

    private PolicyFile policy(String subject) throws Exception {
        return policy(subject, "");
    }

    private PolicyFile policy(String subject, String more) throws Exception {
        StringBuilder fulcio = new StringBuilder();
        for (var certificate : sigstore.fulcio()) {
            fulcio.append(TestCertificates.pem(certificate));
        }
        Files.writeString(directory.resolve("fulcio.pem"), fulcio);
        Files.writeString(
                directory.resolve("rekor.pub"), TestCertificates.pem(sigstore.rekor.getPublic()));
        Files.writeString(
                directory.resolve("ct.pub"),
                TestCertificates.pem(sigstore.certificateLog.getPublic()));
        String text =
                "default = \"reject\"\n[root.own]\nfulcio = [\"fulcio.pem\"]\n"
                        + "rekor = [\"rekor.pub\"]\n"
                        + more
                        + "[prefix.\"registry.example/team\"]\naction = \"require\"\n"
                        + "[[prefix.\"registry.example/team\".identity]]\nroot = \"own\"\n"
                        + "issuer = \""
                        + ISSUER
                        + "\"\nsubject = \""
                        + subject
                        + "\"\n";
        return new PolicyFile(Files.writeString(directory.resolve("policy.toml"), text));
    }

    private byte[] payload() {
        return KeySignatureTest.payload(NAME, repository.image.digest().toString());
    }

    private ObjectNode layer(Signer signer, TestSigstore log, Instant at) throws Exception {
        byte[] payload = payload();
        byte[] signature = TestCertificates.sign(signer.keys().getPrivate(), payload);
        String pem = TestCertificates.pem(signer.certificate());
        byte[] body = TestSigstore.hashedRekord(payload, signature, pem);
        Map<String, String> annotations = new LinkedHashMap<>();
        annotations.put(CosignSignature.SIGNATURE, TestSigstore.base64(signature));
        annotations.put("dev.sigstore.cosign/certificate", pem);
        annotations.put("dev.sigstore.cosign/bundle", log.annotation(body, at).toString());
        return repository.layer(payload, annotations);
    }

    private static byte[] signature(ObjectNode layer) {
        String text = layer.get("annotations").get(CosignSignature.SIGNATURE).textValue();
        return Base64.getDecoder().decode(text.getBytes(StandardCharsets.US_ASCII));
    }

    private ObjectNode withEntry(ObjectNode layer, byte[] body) throws Exception {
        ((ObjectNode) layer.get("annotations"))
                .put("dev.sigstore.cosign/bundle", sigstore.annotation(body, IN_TIME).toString());
        return layer;
    }

    private ObjectNode bundle(Signer signer, TestSigstore log, Instant at) throws Exception {
        byte[] statement =
                TestStatements.statement(
                        "https://sigstore.dev/cosign/sign/v1", repository.image.digest(), "");
        ObjectNode bundle = TestRepository.MAPPER.createObjectNode().put("mediaType", Bundle.TYPE);
        ObjectNode material = bundle.putObject("verificationMaterial");
        material.putObject("certificate")
                .put("rawBytes", TestSigstore.base64(signer.certificate().getEncoded()));
        TestStatements.sign(bundle, statement, signer.keys().getPrivate());
        String signature =
                bundle.get("dsseEnvelope").get("signatures").get(0).get("sig").textValue();
        byte[] body =
                TestSigstore.dsse(
                        statement,
                        Base64.getDecoder().decode(signature),
                        TestCertificates.pem(signer.certificate()));
        material.putArray("tlogEntries").add(log.entry(body, at));
        return bundle;
    }

    private static ObjectNode entry(ObjectNode bundle) {
        return (ObjectNode) bundle.get("verificationMaterial").get("tlogEntries").get(0);
    }
}
