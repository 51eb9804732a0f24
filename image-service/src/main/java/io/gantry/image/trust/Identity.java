package io.gantry.image.trust;

/**
 * Who a certificate is for.
 *
 * @param issuer who vouches for it: the URL of an OpenID provider
 * @param subject an e-mail address, a URI, or a user name
 */
record Identity(String issuer, String subject) {

    @Override
    public String toString() {
        return subject + " by " + issuer;
    }
}
