package io.gantry.e2e.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A network list of CNI.
 *
 * @param file its name
 * @param json its content
 */
public record PodNetworkConfig(String file, String json) {

    /** Address of the bridge. */
    public static final String GATEWAY = "10.87.0.1";

    /** Of all pods, with its dot. */
    public static final String SUBNET = "10.87.0.";

    /** Debian's plugins as most nodes have them: a bridge, addresses from files, mapped ports. */
    public static PodNetworkConfig bridge(Path leases) {
        return new PodNetworkConfig(
                "50-e2e.conflist",
                """
                {
                  "cniVersion": "1.0.0",
                  "name": "e2e",
                  "plugins": [
                    {
                      "type": "bridge", "bridge": "gantry-e2e", "isGateway": true, "ipMasq": true,
                      "ipam": {
                        "type": "host-local", "dataDir": "%s",
                        "ranges": [[{"subnet": "%s0/24", "gateway": "%s"}]],
                        "routes": [{"dst": "0.0.0.0/0"}]
                      }
                    },
                    {"type": "portmap", "capabilities": {"portMappings": true}, "snat": true}
                  ]
                }
                """
                        .formatted(leases, SUBNET, GATEWAY));
    }

    /** The same network, whose second plugin does not exist; it comes before the other by name. */
    public static PodNetworkConfig broken(Path leases) {
        return new PodNetworkConfig(
                "10-broken.conflist",
                bridge(leases).json.replace("\"portmap\"", "\"no-such-plugin\""));
    }

    /** Writes it where a daemon looks. */
    public Path write(Path directory) {
        try {
            return Files.writeString(directory.resolve(file), json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
