package io.gantry.image.trust;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import io.gantry.image.reference.ImageReference;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signatures by keys; cosign's SIGNATURE_SPEC and Sigstore's bundles to the letter. */
final class KeySignatureTest {

    private static final String NAME = "registry.example/team/app";
    private static final String COSIGN = "https://sigstore.dev/cosign/sign/v1";

    @TempDir private Path directory;
    private final TestRepository repository = new TestRepository();
    private KeyPair keys;
    private SignaturePolicy policy;

    @BeforeEach
    void trustAKey() throws Exception {
        keys = TestCertificates.keys();
        policy = trusting(keys, "");
    }

    @Test
    void acceptsWhatATrustedKeySigned() throws Exception {
        repository.sign(layer(payload(NAME), keys));
        assertThatCode(() -> repository.pull(policy, NAME + ":1")).doesNotThrowAnyException();
    }

    @Test
    void acceptsEveryKindOfKeyThatCosignMakes() throws Exception {
        KeyPair ec384 = TestCertificates.ecKeys("secp384r1");
        KeyPair rsa = KeyPairGenerator.getInstance("RSA").generateKeyPair();
        KeyPair ed = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        accepts("SHA256withECDSA", ec384);
        accepts("SHA384withECDSA", ec384);
        accepts("SHA256withRSA", rsa);
        accepts("Ed25519", ed);
    }

    private void accepts(String algorithm, KeyPair pair) throws Exception {
        byte[] payload = payload(NAME);
        byte[] signature = TestCertificates.sign(algorithm, pair.getPrivate(), payload);
        repository.sign(repository.layer(payload, annotations(signature)));
        SignaturePolicy trusting = trusting(pair, "");
        assertThatCode(() -> repository.pull(trusting, NAME))
                .as(algorithm)
                .doesNotThrowAnyException();
    }

    @Test
    void acceptsASignatureAmongOthersThatDoNotCount() throws Exception {
        repository.sign(
                layer(payload(NAME), TestCertificates.keys()),
                repository.layer(new byte[] {'x'}, Map.of()),
                layer(payload(NAME), keys));
        assertThatCode(() -> repository.pull(policy, NAME)).doesNotThrowAnyException();
    }

    @Test
    void acceptsAPinnedDigestByTheSameSignature() throws Exception {
        repository.sign(layer(payload(NAME), keys));
        assertThatCode(() -> repository.pull(policy, NAME + "@" + repository.image.digest()))
                .doesNotThrowAnyException();
    }

    @Test
    void acceptsAnIndexByTheSignatureOfThePlatformsManifest() throws Exception {
        repository.sign(layer(payload(NAME), keys));
        Descriptor index = Descriptor.of(MediaType.OCI_INDEX, new byte[] {1});
        SignaturePolicy.Documents path =
                new SignaturePolicy.Documents(
                        List.of(index, repository.image), d -> repository.manifest);
        assertThatCode(() -> policy.check(ImageReference.parse(NAME), path, repository))
                .doesNotThrowAnyException();
    }

    @Test
    void refusesAnImageThatIsNotSigned() {
        refuses("it is not signed");
    }

    @Test
    void refusesTheSignatureOfAnotherKey() throws Exception {
        repository.sign(layer(payload(NAME), TestCertificates.keys()));
        refuses("layer 1: it is by none of the keys that count");
    }

    @Test
    void refusesASignatureOfAnotherDigest() throws Exception {
        Digest other = Digest.sha256(new byte[] {1});
        repository.sign(layer(payload(NAME, other.toString()), keys));
        refuses("it is of " + other + ", not of " + repository.image.digest());
    }

    @Test
    void refusesTheSignatureOfAnotherRepository() throws Exception {
        repository.sign(layer(payload("registry.example/team/other"), keys));
        refuses("it is of registry.example/team/other, not of " + NAME);
    }

    @Test
    void refusesTheSignatureOfAnotherTagUnlessADigestIsAskedFor() throws Exception {
        repository.sign(layer(payload(NAME + ":2"), keys));
        refuses("it is of " + NAME + ":2, not of " + NAME);
        assertThatCode(() -> repository.pull(policy, NAME + ":2")).doesNotThrowAnyException();
        assertThatCode(() -> repository.pull(policy, NAME + "@" + repository.image.digest()))
                .doesNotThrowAnyException();
    }

    @Test
    void acceptsACopyUnderTheNameThatItWasSignedAs() throws Exception {
        repository.sign(layer(payload("origin.example/other/app"), keys));
        SignaturePolicy copies = trusting(keys, "signed_as = \"origin.example/other\"\n");
        assertThatCode(() -> repository.pull(copies, NAME)).doesNotThrowAnyException();
        repository.sign(layer(payload(NAME), keys));
        assertThatThrownBy(() -> repository.pull(copies, NAME))
                .isInstanceOf(SignatureRefusedException.class)
                .hasMessageContaining("not of origin.example/other/app");
    }

    @Test
    void refusesAPayloadThatWasChanged() throws Exception {
        byte[] signature = TestCertificates.sign(keys.getPrivate(), payload("x.example/y"));
        repository.sign(repository.layer(payload(NAME), annotations(signature)));
        refuses("it is by none of the keys that count");
    }

    @Test
    void refusesAPayloadThatNamesADigestTwice() throws Exception {
        String text =
                new String(payload(NAME), StandardCharsets.UTF_8)
                        .replace(
                                "\"image\":{",
                                "\"image\":{\"docker-manifest-digest\":\"sha256:00\",");
        repository.sign(layer(text.getBytes(StandardCharsets.UTF_8), keys));
        refuses("Duplicate field");
    }

    @Test
    void refusesAPayloadOfAnotherType() throws Exception {
        String text =
                new String(payload(NAME), StandardCharsets.UTF_8)
                        .replace("cosign container image signature", "a love letter");
        repository.sign(layer(text.getBytes(StandardCharsets.UTF_8), keys));
        refuses("its payload is of the type a love letter");
    }

    @Test
    void refusesAPayloadThatIsHuge() throws Exception {
        byte[] huge = new byte[SignatureSearch.MAX_BYTES + 1];
        repository.sign(layer(huge, keys));
        refuses("larger than 1048576 bytes");
    }

    @Test
    void refusesAPayloadThatIsNotThere() throws Exception {
        repository.sign(layer(payload(NAME), keys));
        repository.forgetBlobs();
        refuses("not found");
    }

    @Test
    void refusesAnIndexWhereSignaturesShouldBe() {
        String index =
                "{\"schemaVersion\":2,\"mediaType\":\""
                        + MediaType.OCI_INDEX
                        + "\",\"manifests\":[]}";
        repository.tag(repository.signatureTag(), index.getBytes(StandardCharsets.UTF_8));
        refuses(".sig: it is an index, no manifest");
    }

    @Test
    void looksAtNoMoreSignaturesThanItsLimit() throws Exception {
        ObjectNode[] layers = new ObjectNode[SignatureSearch.MAX_SIGNATURES + 1];
        for (int i = 0; i < layers.length; i++) {
            layers[i] = repository.layer(new byte[] {'x'}, Map.of());
        }
        layers[SignatureSearch.MAX_SIGNATURES] = layer(payload(NAME), keys);
        repository.sign(layers);
        refuses("no signature counts");
    }

    @Test
    void acceptsAStatementInABundle() throws Exception {
        repository.attach(statement(COSIGN, repository.image.digest(), "", keys));
        assertThatCode(() -> repository.pull(policy, NAME)).doesNotThrowAnyException();
    }

    @Test
    void refusesAStatementOfAnotherDigest() throws Exception {
        Digest other = Digest.sha256(new byte[] {1});
        repository.attach(statement(COSIGN, other, "", keys));
        refuses("it is of " + other + ", not of " + repository.image.digest());
    }

    @Test
    void refusesAStatementOfAnotherName() throws Exception {
        repository.attach(statement(COSIGN, repository.image.digest(), "registry.example/x", keys));
        refuses("it is of registry.example/x, not of " + NAME);
    }

    @Test
    void refusesAStatementThatIsNoSignatureUnlessItsKindCounts() throws Exception {
        String provenance = "https://slsa.dev/provenance/v1";
        repository.attach(statement(provenance, repository.image.digest(), "", keys));
        refuses("it is a statement of the kind " + provenance);
        SignaturePolicy counting = trusting(keys, "predicate_types = [\"" + provenance + "\"]\n");
        assertThatCode(() -> repository.pull(counting, NAME)).doesNotThrowAnyException();
    }

    @Test
    void refusesAStatementThatWasChanged() throws Exception {
        ObjectNode bundle = statement(COSIGN, Digest.sha256(new byte[] {1}), "", keys);
        ObjectNode good = statement(COSIGN, repository.image.digest(), "", keys);
        ((ObjectNode) bundle.get("dsseEnvelope"))
                .set("payload", good.get("dsseEnvelope").get("payload"));
        repository.attach(bundle);
        refuses("it is by none of the keys that count");
    }

    @Test
    void refusesABundleThatIsAttachedToSomethingElse() throws Exception {
        repository.attach(
                Descriptor.of(MediaType.OCI_MANIFEST, new byte[] {1}),
                statement(COSIGN, repository.image.digest(), "", keys));
        refuses("it is attached to something else");
    }

    @Test
    void refusesAnEnvelopeWithSeveralSignatures() throws Exception {
        ObjectNode bundle = statement(COSIGN, repository.image.digest(), "", keys);
        bundle.withArray("/dsseEnvelope/signatures").addObject().put("sig", "AAAA");
        repository.attach(bundle);
        refuses("its envelope has 2 signatures, not one");
    }

    @Test
    void acceptsASignatureOfTheManifestItself() throws Exception {
        repository.attach(messageSignature(repository.manifest));
        assertThatCode(() -> repository.pull(policy, NAME)).doesNotThrowAnyException();
    }

    @Test
    void refusesASignatureOfAnotherManifest() throws Exception {
        repository.attach(messageSignature(new byte[] {1}));
        refuses("it is of a document of another digest");
    }

    @Test
    void refusesASignatureThatIsInNoLogWhereOneIsAskedFor() throws Exception {
        TestSigstore sigstore = new TestSigstore();
        Files.writeString(
                directory.resolve("rekor.pub"), TestCertificates.pem(sigstore.rekor.getPublic()));
        policy = trusting(keys, "log = \"own\"\n[root.own]\nrekor = [\"rekor.pub\"]\n");
        byte[] payload = payload(NAME);
        byte[] signature = TestCertificates.sign(keys.getPrivate(), payload);
        repository.sign(repository.layer(payload, annotations(signature)));
        refuses("it is by team.pub but it comes without an entry of a log");
        byte[] body =
                TestSigstore.hashedRekord(
                        payload, signature, TestCertificates.pem(keys.getPublic()));
        String entry = sigstore.annotation(body, Instant.EPOCH).toString();
        Map<String, String> logged =
                Map.of(
                        CosignSignature.SIGNATURE,
                        TestSigstore.base64(signature),
                        "dev.sigstore.cosign/bundle",
                        entry);
        repository.sign(repository.layer(payload, logged));
        assertThatCode(() -> repository.pull(policy, NAME)).doesNotThrowAnyException();
    }

    private void refuses(String reason) {
        assertThatThrownBy(() -> repository.pull(policy, NAME + ":1"))
                .isInstanceOf(SignatureRefusedException.class)
                .hasMessageStartingWith(NAME + ":1 is not accepted by ")
                .hasMessageContaining("prefix \"registry.example/team\"")
                .hasMessageContaining(reason);
    }

    private SignaturePolicy trusting(KeyPair pair, String more) throws IOException {
        Files.writeString(directory.resolve("team.pub"), TestCertificates.pem(pair.getPublic()));
        String text =
                "default = \"reject\"\n[prefix.\"registry.example/team\"]\naction = \"require\"\n"
                        + "keys = [\"team.pub\"]\n"
                        + more;
        return new PolicyFile(Files.writeString(directory.resolve("policy.toml"), text));
    }

    private ObjectNode layer(byte[] payload, KeyPair pair) throws Exception {
        return repository.layer(
                payload, annotations(TestCertificates.sign(pair.getPrivate(), payload)));
    }

    private static Map<String, String> annotations(byte[] signature) {
        return Map.of(CosignSignature.SIGNATURE, TestSigstore.base64(signature));
    }

    private byte[] payload(String name) {
        return payload(name, repository.image.digest().toString());
    }

    static byte[] payload(String name, String digest) {
        String json =
                "{\"critical\":{\"identity\":{\"docker-reference\":\""
                        + name
                        + "\"},\"image\":{\"docker-manifest-digest\":\""
                        + digest
                        + "\"},\"type\":\"cosign container image signature\"},\"optional\":null}";
        return json.getBytes(StandardCharsets.UTF_8);
    }

    private ObjectNode messageSignature(byte[] message) throws Exception {
        ObjectNode bundle = bundle();
        ObjectNode signature = bundle.putObject("messageSignature");
        signature
                .putObject("messageDigest")
                .put("algorithm", "SHA2_256")
                .put("digest", TestSigstore.base64(TestSigstore.sha256(message)));
        signature.put(
                "signature",
                TestSigstore.base64(TestCertificates.sign(keys.getPrivate(), message)));
        return bundle;
    }

    private static ObjectNode bundle() {
        ObjectNode bundle = TestRepository.MAPPER.createObjectNode().put("mediaType", Bundle.TYPE);
        bundle.putObject("verificationMaterial").putObject("publicKey").put("hint", "k");
        return bundle;
    }

    private static ObjectNode statement(String predicate, Digest digest, String name, KeyPair pair)
            throws Exception {
        return TestStatements.sign(
                bundle(), TestStatements.statement(predicate, digest, name), pair.getPrivate());
    }
}
