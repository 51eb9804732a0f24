package io.gantry.image.registry;

import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.ServiceException;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.RegistryHost.Capability;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the hosts of a registry in turn. The registry's own word is final; a mirror's failure,
 * whatever it is, only leads to the next host. A host that failed lately is asked last.
 */
final class RepositoryHosts {

    private static final Logger log = LoggerFactory.getLogger(RepositoryHosts.class);

    private final ImageReference image;
    private final List<HostConnection> hosts;
    private final HostHealth health;

    RepositoryHosts(ImageReference image, List<HostConnection> hosts, HostHealth health) {
        this.image = image;
        this.hosts = List.copyOf(hosts);
        this.health = health;
    }

    /** The first answer. */
    <T> T ask(Capability capability, Function<HostConnection, T> question) {
        List<ServiceException> mirrorFailures = new ArrayList<>();
        for (HostConnection host : inOrder(capability)) {
            try {
                T answer = question.apply(host);
                health.answered(host.host());
                return answer;
            } catch (CancelledException | DeadlineExceededException e) {
                throw e;
            } catch (ServiceException e) {
                if (e instanceof RegistryUnavailableException) {
                    health.failed(host.host());
                } else if (host.host().isOrigin()) {
                    mirrorFailures.forEach(e::addSuppressed);
                    throw e;
                }
                mirrorFailures.add(e);
                log.atDebug()
                        .addKeyValue("host", host.host().name())
                        .addKeyValue("reason", e.getMessage())
                        .log("registry host failed");
            }
        }
        throw last(mirrorFailures, capability);
    }

    /** A host's answer turned out wrong, so it is asked last from now on. */
    void distrust(RegistryHost host) {
        log.atWarn().addKeyValue("host", host.name()).log("registry mirror sent a wrong blob");
        health.failed(host);
    }

    private ServiceException last(List<ServiceException> failures, Capability capability) {
        if (failures.isEmpty()) {
            return new FailedPreconditionException(
                    "no host of registry "
                            + image.registry()
                            + " has the capability "
                            + capability
                            + " in hosts.toml");
        }
        ServiceException last = failures.removeLast();
        failures.forEach(last::addSuppressed);
        return last;
    }

    private List<HostConnection> inOrder(Capability capability) {
        List<HostConnection> order = new ArrayList<>();
        List<HostConnection> later = new ArrayList<>();
        for (HostConnection host : hosts) {
            if (host.host().capabilities().contains(capability)) {
                (health.isFailing(host.host()) ? later : order).add(host);
            }
        }
        order.addAll(later);
        return order;
    }
}
