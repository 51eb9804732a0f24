package io.gantry.cli;

import io.gantry.proto.image.Credentials;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the client proves itself to registries. */
final class RegistryOptions {

    @Option(
            names = "--creds",
            paramLabel = "USER:PASSWORD",
            description =
                    "Log in to the registry with these; default: what docker login or podman login"
                            + " have kept.")
    private @Nullable String credentials;

    @Option(
            names = "--platform",
            paramLabel = "OS/ARCH[/VARIANT]",
            description = "Instead of this node's, as linux/arm64.")
    private String platform = "";

    String platform() {
        return platform;
    }

    /** The credentials for a reference's registry. */
    Credentials credentials(String reference, Map<String, String> environment) {
        return credentials == null
                ? new RegistryLogins(environment).find(reference)
                : parse(credentials);
    }

    private static Credentials parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 1) {
            throw new UsageException("credentials must be USER:PASSWORD");
        }
        return Credentials.newBuilder()
                .setUsername(text.substring(0, colon))
                .setPassword(text.substring(colon + 1))
                .build();
    }
}
