package io.gantry.image.trust;

import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Reads a {@code [root.NAME]} of a policy. */
final class TrustRoots {

    private TrustRoots() {}

    static TrustRoot read(String name, PolicyTable table) {
        table.allow(Set.of("fulcio", "rekor", "ctlog"));
        Set<TrustAnchor> anchors = new LinkedHashSet<>();
        List<X509Certificate> intermediates = new ArrayList<>();
        for (X509Certificate certificate : table.certificates("fulcio")) {
            if (isRoot(certificate)) {
                anchors.add(new TrustAnchor(certificate, null));
            } else {
                intermediates.add(certificate);
            }
        }
        if (!intermediates.isEmpty() && anchors.isEmpty()) {
            throw table.bad("fulcio", "has no certificate of a root, which is its own issuer");
        }
        List<LogKey> rekor = logs(table, "rekor");
        if (rekor.isEmpty()) {
            throw table.bad("rekor", "is missing: the time of a signature is in its log");
        }
        return new TrustRoot(name, anchors, intermediates, rekor, logs(table, "ctlog"));
    }

    private static List<LogKey> logs(PolicyTable table, String key) {
        return table.keys(key).stream().map(each -> LogKey.of(each.key())).toList();
    }

    private static boolean isRoot(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
    }
}
