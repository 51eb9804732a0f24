package io.gantry.image.registry;

import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.PermissionDeniedException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Authorization header for one repository at one host. Learns from the first refusal what the
 * host wants, so that later requests need not be refused first, and gets a new token shortly before
 * the one it has runs out, so that no long transfer is refused midway. Thread-safe.
 *
 * <p>Secrets leave the machine only over TLS, unless the administrator configured the very host
 * with http; a loopback address is not leaving.
 */
final class Authorizer implements Authorization {

    private static final Logger log = LoggerFactory.getLogger(Authorizer.class);

    private final RegistryHost host;
    private final String scope;
    private final Supplier<Credentials> source;
    private final TokenCache tokens;
    private final TokenRealm realm;
    private Optional<String> header;
    private @Nullable Credentials found;
    private @Nullable Shown shown;

    /** A token that is in the header, and what for. */
    private record Shown(TokenRealm.Wanted wanted, TokenRealm.Token token) {}

    /**
     * @param scope what all requests together need: asked for beside what the host asks for, as
     *     long as that is about the same repository; empty: for nothing more
     * @param credentials for this host; the {@code nodes} are asked when there are none
     */
    Authorizer(
            RegistryHost host,
            String scope,
            Credentials credentials,
            Supplier<Credentials> nodes,
            TokenCache tokens,
            TokenRealm realm) {
        this.host = host;
        this.scope = scope;
        this.source = nodes;
        this.found = credentials.isAnonymous() ? null : credentials;
        this.tokens = tokens;
        this.realm = realm;
        this.header =
                credentials.registryToken().isEmpty()
                        ? Optional.empty()
                        : Optional.of("Bearer " + credentials.registryToken());
    }

    /** A Basic header; empty without user name. */
    static Optional<String> basic(Credentials credentials) {
        if (credentials.username().isEmpty() && credentials.password().isEmpty()) {
            return Optional.empty();
        }
        String pair = credentials.username() + ":" + credentials.password();
        byte[] bytes = pair.getBytes(StandardCharsets.UTF_8);
        return Optional.of("Basic " + Base64.getEncoder().encodeToString(bytes));
    }

    @Override
    public synchronized Optional<String> header() {
        Shown old = shown;
        if (old != null && tokens.isDue(old.token)) {
            // Tried once: should it fail, the host says whether it takes the old one still.
            shown = null;
            try {
                header = Optional.of(token(old.wanted, header));
            } catch (PermissionDeniedException | DeadlineExceededException | IOException e) {
                log.atDebug()
                        .addKeyValue("registry", host.name())
                        .setCause(e)
                        .log("access token could not be renewed before its end");
            }
        }
        return header;
    }

    @Override
    public synchronized Optional<String> renew(List<Challenge> challenges, Optional<String> refused)
            throws IOException {
        if (!header.equals(refused)) {
            return header;
        }
        Credentials credentials = credentials();
        Optional<Challenge> bearer = find(challenges, "bearer");
        Optional<String> renewed = Optional.empty();
        if (!credentials.registryToken().isEmpty()) {
            renewed = Optional.of("Bearer " + credentials.registryToken());
        } else if (bearer.isPresent()) {
            renewed = Optional.of(token(wanted(credentials, bearer.get()), refused));
        } else if (find(challenges, "basic").isPresent()) {
            renewed = basic(credentials);
            renewed.ifPresent(h -> checkMayShowSecrets(host.api()));
        }
        if (renewed.equals(refused)) {
            return Optional.empty();
        }
        header = renewed;
        return renewed;
    }

    /** What the realm gave out beside the token that is shown; empty when nothing. */
    synchronized String refreshToken() {
        Shown now = shown;
        return now == null ? "" : now.token.refreshToken();
    }

    /** Looked up once, and not before a host refuses to serve without. */
    private Credentials credentials() {
        Credentials known = found;
        if (known == null) {
            known = source.get();
            found = known;
        }
        return known;
    }

    private String token(TokenRealm.Wanted wanted, Optional<String> refused) throws IOException {
        TokenRealm.Token token =
                tokens.find(wanted)
                        .filter(t -> !Optional.of(t.header()).equals(refused))
                        .orElse(null);
        if (token == null) {
            token = fetch(wanted);
            tokens.put(wanted, token);
        }
        shown = new Shown(wanted, token);
        return token.header();
    }

    private TokenRealm.Token fetch(TokenRealm.Wanted wanted) throws IOException {
        checkReach(wanted);
        TokenRealm.Token token = ask(wanted);
        checkReach(wanted);
        return token;
    }

    /** Each time, for a name may lead elsewhere by now. */
    private void checkReach(TokenRealm.Wanted wanted) {
        Reach.check(host.api(), wanted.realm(), "sends for a token");
    }

    private TokenRealm.Token ask(TokenRealm.Wanted wanted) throws IOException {
        String refreshToken = tokens.refreshToken(wanted);
        if (!refreshToken.isEmpty()) {
            Optional<TokenRealm.Token> token = realm.fetch(wanted, refreshToken);
            if (token.isPresent()) {
                return token.get();
            }
            tokens.forgetRefreshToken(wanted);
        }
        return realm.fetch(wanted);
    }

    private TokenRealm.Wanted wanted(Credentials credentials, Challenge challenge) {
        URI url = realmUrl(challenge.parameter("realm"));
        if (!credentials.isAnonymous()) {
            checkMayShowSecrets(url);
        }
        String asked = challenge.parameter("scope");
        return new TokenRealm.Wanted(
                url, challenge.parameter("service"), Scopes.joined(scope, asked), credentials);
    }

    private URI realmUrl(String text) {
        try {
            URI url = URI.create(text);
            String scheme = String.valueOf(url.getScheme());
            if (url.getHost() != null && (scheme.equals("https") || scheme.equals("http"))) {
                return url;
            }
        } catch (IllegalArgumentException e) {
            throw badRealm(text, e);
        }
        throw badRealm(text, null);
    }

    private PermissionDeniedException badRealm(String text, @Nullable Throwable cause) {
        return new PermissionDeniedException(
                "registry "
                        + host.name()
                        + " names a token realm that is no URL: \""
                        + ErrorBody.printable(text)
                        + "\"",
                cause);
    }

    private void checkMayShowSecrets(URI url) {
        boolean may =
                url.getScheme().equals("https")
                        || Loopback.isLoopback(url.getHost())
                        || Transport.sameOrigin(url, host.api());
        if (!may) {
            throw new PermissionDeniedException(
                    "registry "
                            + host.name()
                            + " asks for credentials at "
                            + url
                            + ", which is not https");
        }
    }

    private static Optional<Challenge> find(List<Challenge> challenges, String scheme) {
        return challenges.stream().filter(c -> c.scheme().equals(scheme)).findFirst();
    }
}
