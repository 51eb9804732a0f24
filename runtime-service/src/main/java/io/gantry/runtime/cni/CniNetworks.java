package io.gantry.runtime.cni;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.linux.procfs.ProcFs;
import java.io.IOException;
import java.util.Optional;

/**
 * The network that pods get: the one that is configured, be it usable or not, or else the default
 * one. Looked up anew for each pod, so that whoever configures one need not restart anything.
 */
final class CniNetworks {

    private final CniConfigDirectory configured;
    private final Optional<DefaultNetwork> otherwise;
    private final ProcFs procfs;
    private final ObjectMapper json;

    CniNetworks(CniSettings settings, ProcFs procfs, ObjectMapper json) {
        this.configured = new CniConfigDirectory(settings.configurations(), json);
        this.otherwise = settings.defaultNetwork();
        this.procfs = procfs;
        this.json = json;
    }

    /**
     * The one that there is.
     *
     * @throws CniException when a configuration cannot be read, naming it
     */
    Optional<CniNetwork> find() throws IOException {
        Optional<CniNetwork> network = configured.load();
        return network.isPresent() ? network : otherwise.map(each -> each.network(json));
    }

    /**
     * The one that a pod can be connected to.
     *
     * @throws CniException also when the default network is in the way of another
     */
    Optional<CniNetwork> usable() throws IOException {
        Optional<CniNetwork> network = configured.load();
        if (network.isEmpty() && otherwise.isPresent()) {
            otherwise.get().check(procfs.routes());
            return Optional.of(otherwise.get().network(json));
        }
        return network;
    }

    /** Why there is none. */
    String noneBecause() {
        return "no network configuration in " + configured.directory();
    }
}
