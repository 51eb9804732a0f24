package io.gantry.image.registry;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.RegistryHost.Capability;
import io.gantry.image.registry.RegistryHost.Connect;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which hosts serve a registry: containerd's {@code certs.d} layout. A directory named after the
 * registry ({@code host}, {@code host:port} or {@code host_port_}), else {@code _default}, holds a
 * {@code hosts.toml}, or in Docker's manner {@code *.crt}, {@code *.cert} and {@code *.key} files.
 * Without either a registry is asked over https, one on a loopback address then over http, too.
 * Read for each pull, so that changes need no restart.
 */
final class HostDirectory {

    /** What serves Docker Hub, whose name does not. */
    private static final String DOCKER_HUB_HOST = "registry-1.docker.io";

    private static final Set<Capability> ALL = EnumSet.allOf(Capability.class);

    private final List<Path> configPaths;

    HostDirectory(List<Path> configPaths) {
        this.configPaths = List.copyOf(configPaths);
    }

    /** The host that a registry's name stands for. */
    static String hostOf(String registry) {
        return registry.equals(ImageReference.DOCKER_HUB) ? DOCKER_HUB_HOST : registry;
    }

    /**
     * The hosts in the order in which they are asked.
     *
     * @throws FailedPreconditionException when the configuration is bad, naming file and key
     */
    List<RegistryHost> hosts(String registry) {
        Optional<Path> directory = find(registry);
        if (directory.isEmpty()) {
            return defaults(registry, TlsSettings.SYSTEM);
        }
        Path file = directory.get().resolve("hosts.toml");
        try {
            if (Files.exists(file)) {
                return HostsFile.read(file, registry, defaults(registry, TlsSettings.SYSTEM));
            }
            return defaults(registry, dockerCertificates(directory.get()));
        } catch (IOException e) {
            throw new FailedPreconditionException("cannot read " + file + ": " + e, e);
        }
    }

    private Optional<Path> find(String registry) {
        for (Path configPath : configPaths) {
            for (String name : directoryNames(registry)) {
                Path directory = configPath.resolve(name);
                if (Files.isDirectory(directory)) {
                    return Optional.of(directory);
                }
            }
        }
        return Optional.empty();
    }

    private static Set<String> directoryNames(String registry) {
        Set<String> names = new LinkedHashSet<>();
        int colon = registry.lastIndexOf(':');
        if (colon > registry.lastIndexOf(']')) {
            names.add(registry.substring(0, colon) + "_" + registry.substring(colon + 1) + "_");
        }
        names.add(registry);
        names.add("_default");
        return names;
    }

    private static List<RegistryHost> defaults(String registry, TlsSettings tls) {
        String host = hostOf(registry);
        boolean loopback =
                tls.equals(TlsSettings.SYSTEM)
                        && Loopback.isLoopback(
                                String.valueOf(URI.create("https://" + host).getHost()));
        if (!loopback) {
            return List.of(origin("https", host, tls));
        }
        // Docker's rule: what does not leave the machine needs no certificate, or no TLS at all.
        return List.of(
                origin("https", host, TlsSettings.UNVERIFIED),
                origin("http", host, TlsSettings.SYSTEM));
    }

    private static RegistryHost origin(String scheme, String host, TlsSettings tls) {
        return new RegistryHost(
                URI.create(scheme + "://" + host + "/v2"),
                ALL,
                Map.of(),
                new Connect(tls, Connect.DIAL_TIMEOUT),
                true,
                "");
    }

    private static TlsSettings dockerCertificates(Path directory) throws IOException {
        List<Path> authorities = new ArrayList<>();
        List<TlsSettings.ClientCertificate> clients = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (name.endsWith(".crt")) {
                    authorities.add(file);
                } else if (name.endsWith(".cert")) {
                    clients.add(clientCertificate(file, name));
                }
            }
        }
        return new TlsSettings(false, authorities, clients);
    }

    private static TlsSettings.ClientCertificate clientCertificate(Path certificate, String name) {
        String stem = name.substring(0, name.length() - ".cert".length());
        Path key = certificate.resolveSibling(stem + ".key");
        if (!Files.exists(key)) {
            throw new FailedPreconditionException(
                    "client certificate " + certificate + " has no key " + key);
        }
        return new TlsSettings.ClientCertificate(certificate, key);
    }
}
