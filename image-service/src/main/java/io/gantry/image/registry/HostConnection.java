package io.gantry.image.registry;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.image.reference.ImageReference;
import java.io.IOException;
import java.net.http.HttpClient;

/** One host of a pull with what is asked of it. Thread-safe. */
record HostConnection(
        RegistryHost host,
        ManifestEndpoint manifests,
        BlobEndpoint blobs,
        ReferrersEndpoint referrers) {

    /** What all hosts of all pulls share. */
    record Shared(
            HttpClients clients, TokenCache tokens, RetryPolicy policy, NodeCredentials nodes) {}

    static HostConnection open(
            RegistryHost host,
            ImageReference image,
            Credentials credentials,
            Shared shared,
            RegistryCaller.Patience patience) {
        RetryPolicy policy = policy(host, shared);
        Transport transport = transport(host, shared, patience);
        Authorizer authorizer =
                new Authorizer(
                        host,
                        "repository:" + image.repository() + ":pull",
                        host.isOrigin() ? credentials : Credentials.ANONYMOUS,
                        () -> shared.nodes.find(filedUnder(host, image), image.repository()),
                        shared.tokens,
                        new TokenRealm(transport, patience.clock()));
        RegistryCaller caller =
                new RegistryCaller(host.name(), transport, authorizer, policy, patience);
        return new HostConnection(
                host,
                new ManifestEndpoint(host, image, caller),
                new BlobEndpoint(host, image, caller),
                new ReferrersEndpoint(host, image, caller));
    }

    /** What requests to a host go over. */
    static Transport transport(RegistryHost host, Shared shared, RegistryCaller.Patience patience) {
        Transport transport =
                new Transport(
                        client(host.name(), host.connect(), shared.clients),
                        policy(host, shared),
                        patience.deadline());
        return host.isUncertainOfTls() ? transport.probingTls() : transport;
    }

    private static RetryPolicy policy(RegistryHost host, Shared shared) {
        return host.isOrigin() ? shared.policy : shared.policy.ofMirrors();
    }

    /** A caller for hosts that are neither the registry nor configured, who is shown to none. */
    static RegistryCaller stranger(String name, Shared shared, RegistryCaller.Patience patience) {
        RegistryHost.Connect connect =
                new RegistryHost.Connect(TlsSettings.SYSTEM, RegistryHost.Connect.DIAL_TIMEOUT);
        Transport transport =
                new Transport(
                        client(name, connect, shared.clients), shared.policy, patience.deadline());
        return new RegistryCaller(name, transport, Authorization.NONE, shared.policy, patience);
    }

    private static String filedUnder(RegistryHost host, ImageReference image) {
        return host.isOrigin() ? image.registry() : host.name();
    }

    private static HttpClient client(
            String name, RegistryHost.Connect connect, HttpClients clients) {
        try {
            return clients.get(connect);
        } catch (IOException e) {
            throw new FailedPreconditionException(
                    "TLS configuration of registry " + name + ": " + e.getMessage(), e);
        }
    }
}
