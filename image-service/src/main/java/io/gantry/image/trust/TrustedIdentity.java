package io.gantry.image.trust;

import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Whose signatures count.
 *
 * @param issuer exactly
 * @param subject in which {@code *} stands for any characters, none included
 * @param root what vouches for certificates and their time
 */
record TrustedIdentity(String issuer, Pattern subject, TrustRoot root) {

    static TrustedIdentity of(String issuer, String subjectGlob, TrustRoot root) {
        String regex =
                Arrays.stream(subjectGlob.split("\\*+", -1))
                        .map(Pattern::quote)
                        .collect(Collectors.joining(".*"));
        return new TrustedIdentity(issuer, Pattern.compile(regex, Pattern.DOTALL), root);
    }

    boolean matches(Identity identity) {
        return issuer.equals(identity.issuer()) && subject.matcher(identity.subject()).matches();
    }
}
