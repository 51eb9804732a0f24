package io.gantry.image.registry;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.image.reference.ImageReference;
import java.io.IOException;
import java.net.http.HttpClient;

/** One host of a pull with what is asked of it. Thread-safe. */
record HostConnection(RegistryHost host, ManifestEndpoint manifests, BlobEndpoint blobs) {

    /** What all hosts of all pulls share. */
    record Shared(HttpClients clients, TokenCache tokens, RetryPolicy policy) {}

    static HostConnection open(
            RegistryHost host,
            ImageReference image,
            Credentials credentials,
            Shared shared,
            RegistryCaller.Patience patience) {
        Transport transport =
                new Transport(client(host, shared.clients), shared.policy, patience.deadline());
        if (host.isUncertainOfTls()) {
            transport.probingTls();
        }
        Authorizer authorizer =
                new Authorizer(
                        host,
                        "repository:" + image.repository() + ":pull",
                        host.isOrigin() ? credentials : Credentials.ANONYMOUS,
                        shared.tokens,
                        new TokenRealm(transport, patience.clock()));
        RegistryCaller caller =
                new RegistryCaller(host.name(), transport, authorizer, shared.policy, patience);
        return new HostConnection(
                host,
                new ManifestEndpoint(host, image, caller),
                new BlobEndpoint(host, image, caller));
    }

    private static HttpClient client(RegistryHost host, HttpClients clients) {
        try {
            return clients.get(host.connect());
        } catch (IOException e) {
            throw new FailedPreconditionException(
                    "TLS configuration of registry " + host.name() + ": " + e.getMessage(), e);
        }
    }
}
