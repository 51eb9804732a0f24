package io.gantry.image.trust;

import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Reads who a certificate of Fulcio is for (Fulcio's "Sigstore OID information"). */
final class SignerIdentity {

    private static final String ISSUER = "1.3.6.1.4.1.57264.1.8";

    /** The same, without DER inside; what older certificates have. */
    private static final String ISSUER_V1 = "1.3.6.1.4.1.57264.1.1";

    private static final int OTHER_NAME = 0;
    private static final int MAIL = 1;
    private static final int URI = 6;

    /** 1.3.6.1.4.1.57264.1.7, in DER: a user name. */
    private static final String USER_NAME = "1.3.6.1.4.1.57264.1.7";

    private SignerIdentity() {}

    /**
     * Who.
     *
     * @throws RefusalException when it does not say, or says several things
     */
    static Identity of(X509Certificate certificate) throws RefusalException {
        return new Identity(issuer(certificate), subject(certificate));
    }

    private static String issuer(X509Certificate certificate) throws RefusalException {
        byte[] latest = certificate.getExtensionValue(ISSUER);
        byte[] first = certificate.getExtensionValue(ISSUER_V1);
        String ofLatest = latest == null ? "" : utf8(Der.of(value(latest)));
        String ofFirst = first == null ? "" : text(value(first));
        if (!ofLatest.isEmpty() && !ofFirst.isEmpty() && !ofLatest.equals(ofFirst)) {
            throw new RefusalException("its certificate names two issuers of its identity");
        }
        String issuer = ofLatest.isEmpty() ? ofFirst : ofLatest;
        if (issuer.isEmpty()) {
            throw new RefusalException("its certificate names no issuer of its identity");
        }
        return issuer;
    }

    private static String subject(X509Certificate certificate) throws RefusalException {
        Collection<List<?>> names;
        try {
            names = certificate.getSubjectAlternativeNames();
        } catch (CertificateParsingException e) {
            throw new RefusalException("its certificate is malformed", e);
        }
        List<String> subjects = new ArrayList<>();
        for (List<?> name : names == null ? List.<List<?>>of() : names) {
            subjects.add(
                    switch ((Integer) name.getFirst()) {
                        case MAIL, URI -> (String) name.get(1);
                        case OTHER_NAME -> userName(name);
                        default ->
                                throw new RefusalException(
                                        "its certificate is for something that signs no images");
                    });
        }
        if (subjects.size() != 1) {
            throw new RefusalException(
                    "its certificate is for " + subjects.size() + " identities, not one");
        }
        return subjects.getFirst();
    }

    /** Kind, DER, object id, value. */
    private static String userName(List<?> name) throws RefusalException {
        if (name.size() > 3 && USER_NAME.equals(name.get(2)) && name.get(3) instanceof String s) {
            return s;
        }
        throw new RefusalException("its certificate is for a name of an unknown kind");
    }

    private static byte[] value(byte[] extension) throws RefusalException {
        return Der.of(extension).expect(Der.OCTET_STRING).content();
    }

    private static String utf8(Der value) throws RefusalException {
        return text(value.expect(Der.UTF8_STRING).content());
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
