package io.gantry.image.trust;

import io.gantry.image.content.Digest;
import io.gantry.image.reference.ImageReference;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Judges the signatures of one image by one rule. */
final class SignatureVerifier {

    private final Rule.Require rule;
    private final ImageReference image;

    SignatureVerifier(Rule.Require rule, ImageReference image) {
        this.rule = rule;
        this.image = image;
    }

    /**
     * Accepts a signature of a document.
     *
     * @throws RefusalException when it is not one, or by nobody whose signatures count
     */
    void verify(SignedClaim signed, Digest document) throws RefusalException {
        checkClaim(signed, document);
        List<String> reasons = new ArrayList<>();
        if (byKey(signed, reasons)) {
            return;
        }
        Optional<X509Certificate> certificate = signed.certificate();
        if (certificate.isPresent() && !rule.identities().isEmpty()) {
            byIdentity(signed, certificate.get(), reasons);
            return;
        }
        if (reasons.isEmpty()) {
            reasons.add(
                    rule.keys().isEmpty()
                            ? "it comes without a certificate"
                            : "it is by none of the keys that count");
        }
        throw new RefusalException(String.join(", ", reasons));
    }

    private void checkClaim(SignedClaim signed, Digest document) throws RefusalException {
        String predicate = signed.predicate();
        if (!predicate.isEmpty() && !rule.predicates().contains(predicate)) {
            throw new RefusalException("it is a statement of the kind " + Reasons.shown(predicate));
        }
        List<Claim.Subject> about =
                signed.claim().subjects().stream()
                        .filter(subject -> subject.digest().equals(document))
                        .toList();
        if (about.isEmpty()) {
            throw new RefusalException(
                    "it is of " + shown(signed.claim()) + ", not of " + document);
        }
        boolean named =
                about.stream()
                        .map(Claim.Subject::name)
                        .anyMatch(name -> name.isEmpty() || rule.signedAs().match(name, image));
        if (!named) {
            throw new RefusalException(
                    "it is of "
                            + Reasons.shown(about.getFirst().name())
                            + ", not of "
                            + rule.signedAs().expected(image));
        }
    }

    private static String shown(Claim claim) {
        return claim.subjects().isEmpty()
                ? "nothing"
                : claim.subjects().getFirst().digest().toString();
    }

    private boolean byKey(SignedClaim signed, List<String> reasons) {
        for (TrustedKey trusted : rule.keys()) {
            if (!isBy(trusted.key(), signed)) {
                continue;
            }
            try {
                TrustRoot log = rule.log();
                if (log != null) {
                    Instant _ = new LogVerifier(log).integrated(signed, trusted.key());
                }
                return true;
            } catch (RefusalException e) {
                reasons.add("it is by " + trusted.name() + " but " + e.getMessage());
            }
        }
        return false;
    }

    private void byIdentity(SignedClaim signed, X509Certificate certificate, List<String> reasons)
            throws RefusalException {
        if (!isBy(certificate.getPublicKey(), signed)) {
            throw new RefusalException("it is not by the key of its certificate");
        }
        Identity identity = SignerIdentity.of(certificate);
        List<TrustRoot> roots =
                rule.identities().stream()
                        .filter(trusted -> trusted.matches(identity))
                        .map(TrustedIdentity::root)
                        .distinct()
                        .toList();
        for (TrustRoot root : roots) {
            try {
                Instant at = new LogVerifier(root).integrated(signed, certificate.getPublicKey());
                new CertificateVerifier(root).verify(signed.chain(), at);
                return;
            } catch (RefusalException e) {
                reasons.add(e.getMessage());
            }
        }
        throw new RefusalException(
                roots.isEmpty()
                        ? "it is by " + Reasons.shown(identity.toString()) + ", who does not count"
                        : reasons.stream().distinct().collect(Collectors.joining(", ")));
    }

    private static boolean isBy(PublicKey key, SignedClaim signed) {
        return Signatures.verify(key, signed.content().message(), signed.signature());
    }
}
