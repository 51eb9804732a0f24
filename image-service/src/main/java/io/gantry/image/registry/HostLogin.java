package io.gantry.image.registry;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One question to a registry: are these credentials any good? */
final class HostLogin {

    private static final Logger log = LoggerFactory.getLogger(HostLogin.class);

    private final RegistryHost host;
    private final Credentials credentials;
    private final HostConnection.Shared shared;
    private final RegistryCaller.Patience patience;

    /**
     * A question to the registry itself.
     *
     * @param hosts that serve its images; the registry is the last
     */
    HostLogin(
            List<RegistryHost> hosts,
            Credentials credentials,
            HostConnection.Shared shared,
            RegistryCaller.Patience patience) {
        this.host = speaking(hosts.stream().filter(RegistryHost::isOrigin).toList());
        this.credentials = credentials;
        this.shared = shared;
        this.patience = patience;
    }

    /** Asks; see {@link LoginCheck#check}. */
    String check() {
        Transport transport = HostConnection.transport(host, shared, patience);
        Authorizer authorizer =
                new Authorizer(
                        host,
                        "",
                        credentials,
                        () -> Credentials.ANONYMOUS,
                        new TokenCache(patience.clock()),
                        TokenRealm.forLogins(transport, patience.clock()));
        RegistryCaller caller =
                new RegistryCaller(
                        host.name(),
                        transport,
                        authorizer,
                        shared.policy(),
                        patience,
                        Refusals.OF_PUSHES);
        URI base = URI.create(host.api() + "/");
        Transport.Request request =
                new Transport.Request("GET", base, Map.of(), host.headers(), null);
        caller.call(request, "a login", Transport.Answer::status);
        return authorizer.refreshToken();
    }

    /** Of two ways to one loopback port, the one that it speaks. */
    private static RegistryHost speaking(List<RegistryHost> origins) {
        for (RegistryHost origin : origins) {
            if (!origin.isUncertainOfTls()) {
                return origin;
            }
            try {
                TlsProbe.check(origin.api());
                return origin;
            } catch (IOException e) {
                log.atDebug()
                        .addKeyValue("host", origin.name())
                        .addKeyValue("reason", e.getMessage())
                        .log("registry does not speak TLS");
            }
        }
        return origins.getLast();
    }
}
