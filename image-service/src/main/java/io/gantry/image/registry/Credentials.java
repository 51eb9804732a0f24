package io.gantry.image.registry;

import io.gantry.base.error.InvalidArgumentException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Set;

/**
 * How a client proves itself to a registry. Empty fields are absent; what is there is used in this
 * order: registry token, identity token, user name with password.
 *
 * @param username may be empty
 * @param password may be empty
 * @param identityToken traded for access tokens at the registry's realm (OAuth2 refresh token)
 * @param registryToken sent as it is
 * @param serverAddress the registry they are for, as host or URL; empty: whichever is asked
 */
public record Credentials(
        String username,
        String password,
        String identityToken,
        String registryToken,
        String serverAddress) {

    /** None. */
    public static final Credentials ANONYMOUS = new Credentials("", "", "", "", "");

    /** What Docker's credential helpers write as user name beside an identity token. */
    private static final String TOKEN_USER = "<token>";

    private static final Set<String> DOCKER_HUB_HOSTS =
            Set.of("docker.io", "index.docker.io", "registry-1.docker.io");

    /**
     * Checks the form.
     *
     * @throws InvalidArgumentException when the registry token cannot be sent as it is; does not
     *     repeat it
     */
    public Credentials {
        // Visible characters of ASCII, for it goes into a header (RFC 9110 section 5.5).
        if (!registryToken.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new InvalidArgumentException(
                    "registry credentials: the registry token has characters that no token has");
        }
        if (username.equals(TOKEN_USER) && identityToken.isEmpty()) {
            identityToken = password;
            username = "";
            password = "";
        }
    }

    /** A user name and a password. */
    public static Credentials basic(String username, String password) {
        return new Credentials(username, password, "", "", "");
    }

    /**
     * The same with the user name and password that an {@code auth} field holds; both are replaced.
     *
     * @param auth base64 of {@code user:password}; empty: nothing changes
     * @throws InvalidArgumentException when it is malformed; does not repeat it
     */
    public Credentials withAuth(String auth) {
        if (auth.isEmpty()) {
            return this;
        }
        String decoded;
        try {
            // Some writers pad the text with NULs.
            byte[] bytes = Base64.getDecoder().decode(auth.strip());
            decoded = new String(bytes, StandardCharsets.UTF_8).replace("\0", "");
        } catch (IllegalArgumentException e) {
            throw new InvalidArgumentException("registry credentials: auth is not base64");
        }
        int colon = decoded.indexOf(':');
        if (colon < 0) {
            throw new InvalidArgumentException(
                    "registry credentials: auth is not user:password in base64");
        }
        return new Credentials(
                decoded.substring(0, colon),
                decoded.substring(colon + 1),
                identityToken,
                registryToken,
                serverAddress);
    }

    /** Whether there is nothing to prove anything with. */
    public boolean isAnonymous() {
        return username.isEmpty()
                && password.isEmpty()
                && identityToken.isEmpty()
                && registryToken.isEmpty();
    }

    /** These, or none when they are for another registry than {@code registry}. */
    Credentials forRegistry(String registry) {
        if (serverAddress.isEmpty()) {
            return this;
        }
        String server = hostOf(serverAddress);
        boolean sameHub = DOCKER_HUB_HOSTS.contains(server) && DOCKER_HUB_HOSTS.contains(registry);
        return server.equalsIgnoreCase(registry) || sameHub ? this : ANONYMOUS;
    }

    /** Says what there is, never what it is. */
    @Override
    public String toString() {
        return "Credentials["
                + (username.isEmpty() ? "" : "user name ")
                + (identityToken.isEmpty() ? "" : "identity token ")
                + (registryToken.isEmpty() ? "" : "registry token ")
                + (serverAddress.isEmpty() ? "" : "for " + hostOf(serverAddress))
                + "]";
    }

    private static String hostOf(String address) {
        int scheme = address.indexOf("://");
        String rest = scheme < 0 ? address : address.substring(scheme + 3);
        int slash = rest.indexOf('/');
        return slash < 0 ? rest : rest.substring(0, slash);
    }
}
