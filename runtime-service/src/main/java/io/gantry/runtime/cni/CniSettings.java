package io.gantry.runtime.cni;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where the networks of pods come from.
 *
 * @param configurations directory of network configurations; may come to exist later
 * @param binaries directories of plugins, searched in order
 * @param attachments directory of its own for what must be undone
 * @param networks how many of the configurations a pod is connected to, from the first on; 0: all
 * @param order which of a pod's addresses is the primary one
 * @param template what a configuration is made from when the kubelet tells the addresses of pods
 * @param defaultNetwork what pods have while there is no configuration
 */
public record CniSettings(
        Path configurations,
        List<Path> binaries,
        Path attachments,
        int networks,
        AddressOrder order,
        Optional<Path> template,
        Optional<DefaultNetwork> defaultNetwork) {

    public CniSettings {
        binaries = List.copyOf(binaries);
    }

    /** The first configuration, and nothing else. */
    public static CniSettings of(Path configurations, List<Path> binaries, Path attachments) {
        return new CniSettings(
                configurations,
                binaries,
                attachments,
                1,
                AddressOrder.IPV4,
                Optional.empty(),
                Optional.empty());
    }

    /** The same for pods that are connected to so many networks. */
    public CniSettings withNetworks(int other) {
        return new CniSettings(
                configurations, binaries, attachments, other, order, template, defaultNetwork);
    }

    /** The same with another primary address. */
    public CniSettings withOrder(AddressOrder other) {
        return new CniSettings(
                configurations, binaries, attachments, networks, other, template, defaultNetwork);
    }

    /** The same with a default network. */
    public CniSettings withDefault(DefaultNetwork other) {
        return new CniSettings(
                configurations,
                binaries,
                attachments,
                networks,
                order,
                template,
                Optional.of(other));
    }

    /** The same with a template, or without one. */
    public CniSettings withTemplate(Optional<Path> other) {
        return new CniSettings(
                configurations, binaries, attachments, networks, order, other, defaultNetwork);
    }
}
