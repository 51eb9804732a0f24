package io.gantry.runtime.cni;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.linux.procfs.ProcFs;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * The networks that pods get: those that are configured, be they usable or not, or else the default
 * one. Looked up anew for each pod, so that whoever configures one need not restart anything.
 */
final class CniNetworks {

    private final CniConfigDirectory configured;
    private final int most;
    private final Optional<DefaultNetwork> otherwise;
    private final ProcFs procfs;
    private final ObjectMapper json;

    CniNetworks(CniSettings settings, ProcFs procfs, ObjectMapper json) {
        this.configured = new CniConfigDirectory(settings.configurations(), json);
        this.most = settings.networks();
        this.otherwise = settings.defaultNetwork();
        this.procfs = procfs;
        this.json = json;
    }

    /**
     * Those that there are.
     *
     * @throws CniException when a configuration cannot be read, naming it
     */
    List<CniNetwork> find() throws IOException {
        List<CniNetwork> networks = configured.load(most);
        return networks.isEmpty() && otherwise.isPresent()
                ? List.of(otherwise.get().network(json))
                : networks;
    }

    /**
     * Those that a pod can be connected to.
     *
     * @throws CniException also when the default network is in the way of another
     */
    List<CniNetwork> usable() throws IOException {
        List<CniNetwork> networks = configured.load(most);
        if (networks.isEmpty() && otherwise.isPresent()) {
            otherwise.get().check(procfs.routes());
            return List.of(otherwise.get().network(json));
        }
        return networks;
    }

    /** Why there is none. */
    String noneBecause() {
        return "no network configuration in " + configured.directory();
    }
}
