package io.gantry.image.trust;

import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * An instance of Sigstore that is believed.
 *
 * @param name in the policy
 * @param anchors its certificate authorities
 * @param intermediates certificates that may stand between these and signers'
 * @param rekor keys of its logs of signatures
 * @param ctLogs keys of its logs of certificates; none: that certificates are logged is not asked
 */
record TrustRoot(
        String name,
        Set<TrustAnchor> anchors,
        List<X509Certificate> intermediates,
        List<LogKey> rekor,
        List<LogKey> ctLogs) {

    TrustRoot {
        anchors = Set.copyOf(anchors);
        intermediates = List.copyOf(intermediates);
        rekor = List.copyOf(rekor);
        ctLogs = List.copyOf(ctLogs);
    }

    Optional<LogKey> rekor(String id) {
        return rekor.stream().filter(log -> log.id().equals(id)).findFirst();
    }

    Optional<LogKey> ctLog(String id) {
        return ctLogs.stream().filter(log -> log.id().equals(id)).findFirst();
    }
}
