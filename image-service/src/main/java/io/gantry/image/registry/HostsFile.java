package io.gantry.image.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.RegistryHost.Capability;
import io.gantry.image.registry.RegistryHost.Connect;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A {@code hosts.toml} in containerd's format: settings of the registry itself at the top ({@code
 * server} and the keys of a host), then one {@code [host."<url>"]} table per mirror, in order.
 */
final class HostsFile {

    private static final String HUB = HostDirectory.hostOf(ImageReference.DOCKER_HUB);

    private static final TomlMapper TOML = new TomlMapper();

    private static final Set<String> HOST_KEYS =
            Set.of(
                    "capabilities",
                    "ca",
                    "client",
                    "skip_verify",
                    "header",
                    "override_path",
                    "dial_timeout");

    private final Path file;
    private final String registry;

    private HostsFile(Path file, String registry) {
        this.file = file;
        this.registry = registry;
    }

    /**
     * Reads the hosts of a registry.
     *
     * @param defaults what serves the registry when the file names no {@code server}
     * @throws HostsFileException naming file and key
     */
    static List<RegistryHost> read(Path file, String registry, List<RegistryHost> defaults)
            throws IOException {
        JsonNode root;
        try {
            root = TOML.readTree(Files.readString(file));
        } catch (JsonProcessingException e) {
            throw new HostsFileException(file, e);
        }
        HostsFile hosts = new HostsFile(file, registry);
        List<RegistryHost> all = new ArrayList<>(hosts.mirrors(root.path("host")));
        all.addAll(hosts.servers(root, defaults));
        return all;
    }

    private List<RegistryHost> mirrors(JsonNode hosts) {
        List<RegistryHost> mirrors = new ArrayList<>();
        if (!hosts.isMissingNode() && !hosts.isObject()) {
            throw new HostsFileException(file, "host", "is not a table");
        }
        for (Map.Entry<String, JsonNode> entry : hosts.properties()) {
            String where = "host.\"" + entry.getKey() + "\"";
            HostsTable table = new HostsTable(file, where, entry.getValue());
            table.allow(HOST_KEYS);
            mirrors.add(host(table, table.url(where, entry.getKey()), false));
        }
        return mirrors;
    }

    private List<RegistryHost> servers(JsonNode root, List<RegistryHost> defaults) {
        HostsTable table = new HostsTable(file, "", root);
        Set<String> keys = new HashSet<>(HOST_KEYS);
        keys.add("server");
        keys.add("host");
        table.allow(keys);
        String server = table.text("server");
        if (!server.isEmpty()) {
            return List.of(host(table, table.url("server", server), true));
        }
        // Without host settings at the top, the registry is served as if there were no file.
        boolean plain = HOST_KEYS.stream().noneMatch(root::has);
        return plain
                ? defaults
                : List.of(
                        host(table, URI.create("https://" + HostDirectory.hostOf(registry)), true));
    }

    /** A host; {@code isServer} when the file says that it is the registry, not a mirror of it. */
    private RegistryHost host(HostsTable table, URI configured, boolean isServer) {
        URI url = servedAt(configured);
        URI origin = URI.create("https://" + HostDirectory.hostOf(registry));
        boolean sameName =
                Transport.sameOrigin(origin, url)
                        || url.getRawAuthority().equalsIgnoreCase(origin.getRawAuthority());
        TlsSettings tls =
                new TlsSettings(table.flag("skip_verify"), table.paths("ca"), table.clients());
        return new RegistryHost(
                table.flag("override_path") ? url : withApiPath(url),
                capabilities(table),
                table.headers(),
                new Connect(tls, table.duration("dial_timeout", Connect.DIAL_TIMEOUT)),
                isServer || sameName,
                sameName ? "" : registry);
    }

    /** {@code https://docker.io}, which many files have, serves no images under that name. */
    private static URI servedAt(URI url) {
        String text = url.toString();
        return text.equals("https://docker.io") ? URI.create("https://" + HUB) : url;
    }

    private static URI withApiPath(URI url) {
        String text = url.toString();
        return URI.create(text.endsWith("/v2") ? text : text + "/v2");
    }

    private static Set<Capability> capabilities(HostsTable table) {
        Set<Capability> capabilities = EnumSet.noneOf(Capability.class);
        List<String> words = table.texts("capabilities");
        if (words.isEmpty()) {
            return EnumSet.allOf(Capability.class);
        }
        for (String word : words) {
            switch (word) {
                case "pull" -> capabilities.add(Capability.PULL);
                case "resolve" -> capabilities.add(Capability.RESOLVE);
                case "push" -> capabilities.add(Capability.PUSH);
                case "referrers" -> capabilities.add(Capability.REFERRERS);
                default -> throw table.bad("capabilities", "has no \"" + word + "\"");
            }
        }
        return capabilities;
    }
}
