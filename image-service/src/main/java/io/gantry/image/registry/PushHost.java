package io.gantry.image.registry;

import io.gantry.base.Deadline;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.image.reference.ImageReference;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The host that is pushed to, and who we are there. Each way of asking has an authorizer of its
 * own: what a mount needs to read elsewhere must not spoil the token that everything else uses.
 * Thread-safe.
 */
final class PushHost {

    /** For what is tidied up when there is no time left, or no wish to go on. */
    private static final Duration TIDY_TIME = Duration.ofSeconds(10);

    private final RegistryHost host;
    private final ImageReference target;
    private final Credentials credentials;
    private final HostConnection.Shared shared;
    private final RegistryCaller.Patience patience;
    private final Authorizer authorizer;
    private final RegistryCaller caller;
    private final Map<String, RegistryCaller> mountCallers = new ConcurrentHashMap<>();
    private volatile boolean takesChunks = true;

    PushHost(
            RegistryHost host,
            ImageReference target,
            Credentials credentials,
            HostConnection.Shared shared,
            RegistryCaller.Patience patience) {
        this.host = host;
        this.target = target;
        this.credentials = host.isOrigin() ? credentials : Credentials.ANONYMOUS;
        this.shared = shared;
        this.patience = patience;
        this.authorizer = authorizer(scope("pull,push"));
        this.caller = caller(authorizer, patience);
    }

    RegistryHost host() {
        return host;
    }

    String name() {
        return host.name();
    }

    /** Registry and repository, for messages. */
    String repository() {
        return target.name();
    }

    RetryPolicy policy() {
        return shared.policy();
    }

    RegistryCaller.Patience patience() {
        return patience;
    }

    /** Calls this host as whoever pushes. */
    RegistryCaller caller() {
        return caller;
    }

    /** Calls whoever has {@code url}: nobody but the host itself is told who we are. */
    RegistryCaller callerOf(URI url) {
        return isOwn(url) ? caller : caller(Authorization.NONE, patience);
    }

    /** Calls this host as one who also reads {@code source}. */
    RegistryCaller mountCaller(String source) {
        return mountCallers.computeIfAbsent(
                source,
                s ->
                        caller(
                                authorizer(scope("pull,push") + " repository:" + s + ":pull"),
                                patience));
    }

    /** Calls whoever has {@code url} even when the time is over. */
    RegistryCaller tidyingCaller(URI url) {
        RegistryCaller.Patience little =
                new RegistryCaller.Patience(
                        patience.clock(), Deadline.after(TIDY_TIME, patience.clock()));
        Authorization who = isOwn(url) ? authorizer : Authorization.NONE;
        return caller(who, little);
    }

    /** The configured headers, for the host itself only. */
    Map<String, List<String>> headersFor(URI url) {
        return isOwn(url) ? host.headers() : Map.of();
    }

    /** The URL of {@code path} below the repository. */
    URI url(String path) {
        return host.url(target.repository(), path);
    }

    /** Whether uploads may come in several pieces. */
    boolean takesChunks() {
        return takesChunks;
    }

    void refusedChunks() {
        takesChunks = false;
    }

    /**
     * Finds out whether anybody is there.
     *
     * @throws IOException when nobody is
     */
    void ping() throws IOException {
        Transport.Request request =
                new Transport.Request(
                        "GET", URI.create(host.api() + "/"), Map.of(), host.headers(), null);
        try (Transport.Answer answer = transport(patience).send(request, Optional.empty())) {
            ErrorBody.describe(answer);
        }
    }

    private boolean isOwn(URI url) {
        return Transport.sameOrigin(url, host.api());
    }

    private String scope(String actions) {
        return "repository:" + target.repository() + ":" + actions;
    }

    private Authorizer authorizer(String scopes) {
        return new Authorizer(
                host,
                scopes,
                credentials,
                () -> shared.nodes().find(filedUnder(), target.repository()),
                shared.tokens(),
                new TokenRealm(transport(patience), patience.clock()));
    }

    /** As whose the node's own credentials are kept. */
    private String filedUnder() {
        return host.isOrigin() ? target.registry() : host.name();
    }

    private RegistryCaller caller(Authorization who, RegistryCaller.Patience how) {
        return new RegistryCaller(
                host.name(), transport(how), who, shared.policy(), how, Refusals.OF_PUSHES);
    }

    private Transport transport(RegistryCaller.Patience how) {
        Transport transport = new Transport(client(), shared.policy(), how.deadline());
        return host.isUncertainOfTls() ? transport.probingTls() : transport;
    }

    private HttpClient client() {
        try {
            return shared.clients().get(host.connect());
        } catch (IOException e) {
            throw new FailedPreconditionException(
                    "TLS configuration of registry " + host.name() + ": " + e.getMessage(), e);
        }
    }
}
