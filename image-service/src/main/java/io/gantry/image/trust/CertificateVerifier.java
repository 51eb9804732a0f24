package io.gantry.image.trust;

import java.security.GeneralSecurityException;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXCertPathBuilderResult;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;

/** Verifies certificates of signers at the moment of their signature. */
final class CertificateVerifier {

    /** Authorities below a root that a path may lead through. */
    private static final int MAX_INTERMEDIATES = 3;

    private static final String CODE_SIGNING = "1.3.6.1.5.5.7.3.3";

    private final TrustRoot root;

    CertificateVerifier(TrustRoot root) {
        this.root = root;
    }

    /**
     * Verifies the first certificate of a chain.
     *
     * @param chain the rest of which may be of use and is believed in nothing
     * @throws RefusalException when no authority that is believed stands for it, at that moment and
     *     for signing
     */
    void verify(List<X509Certificate> chain, Instant at) throws RefusalException {
        X509Certificate signer = chain.getFirst();
        checkPurpose(signer);
        X509Certificate authority;
        try {
            authority = issuer(chain, at);
        } catch (GeneralSecurityException e) {
            throw new RefusalException(why(signer, at), e);
        }
        if (!root.ctLogs().isEmpty()) {
            new CertificateLog(root).check(signer, authority);
        }
    }

    private X509Certificate issuer(List<X509Certificate> chain, Instant at)
            throws GeneralSecurityException, RefusalException {
        X509CertSelector target = new X509CertSelector();
        target.setCertificate(chain.getFirst());
        List<X509Certificate> known = new ArrayList<>(root.intermediates());
        known.addAll(chain);
        PKIXBuilderParameters parameters = new PKIXBuilderParameters(root.anchors(), target);
        parameters.addCertStore(
                CertStore.getInstance("Collection", new CollectionCertStoreParameters(known)));
        // Certificates live for minutes and have no list of revoked ones: the log has their time.
        parameters.setRevocationEnabled(false);
        parameters.setDate(Date.from(at));
        parameters.setMaxPathLength(MAX_INTERMEDIATES);
        PKIXCertPathBuilderResult result =
                (PKIXCertPathBuilderResult) CertPathBuilder.getInstance("PKIX").build(parameters);
        X509Certificate anchor = result.getTrustAnchor().getTrustedCert();
        if (anchor == null) {
            throw new RefusalException("its certificate has a root that is none");
        }
        anchor.checkValidity(Date.from(at));
        List<? extends Certificate> path = result.getCertPath().getCertificates();
        return path.size() > 1 ? (X509Certificate) path.get(1) : anchor;
    }

    private static void checkPurpose(X509Certificate signer) throws RefusalException {
        boolean signing;
        try {
            List<String> uses = signer.getExtendedKeyUsage();
            boolean[] keyUse = signer.getKeyUsage();
            signing =
                    uses != null
                            && uses.contains(CODE_SIGNING)
                            && (keyUse == null || keyUse[0])
                            && signer.getBasicConstraints() < 0;
        } catch (CertificateException e) {
            throw new RefusalException("its certificate is malformed", e);
        }
        if (!signing) {
            throw new RefusalException("its certificate is not one for signing code");
        }
    }

    private String why(X509Certificate signer, Instant at) {
        Instant from = signer.getNotBefore().toInstant();
        Instant to = signer.getNotAfter().toInstant();
        boolean timely = !at.isBefore(from) && !at.isAfter(to);
        return timely
                ? "its certificate does not lead to the authorities of root " + root.name()
                : "it was entered into the log at "
                        + at
                        + ", when its certificate was not valid ("
                        + from
                        + " to "
                        + to
                        + ")";
    }
}
