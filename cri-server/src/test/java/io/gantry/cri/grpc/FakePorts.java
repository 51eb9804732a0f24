package io.gantry.cri.grpc;

import io.gantry.base.error.UnavailableException;
import io.gantry.runtime.service.PodPorts;

/** Ports at which nobody listens. */
final class FakePorts implements PodPorts {

    @Override
    public int dial(String pod, int port) {
        throw new UnavailableException("connect to 127.0.0.1:" + port + " in the pod: refused");
    }
}
