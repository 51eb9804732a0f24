package io.gantry.runtime.service;

/** Connections to ports of pods. Thread-safe. */
public interface PodPorts {

    /**
     * Connects to what listens at a port where the pod says localhost: at 127.0.0.1, else at ::1.
     *
     * @param pod id, or a prefix that fits one pod only
     * @param port 1 to 65535
     * @return the descriptor of a connected stream socket that does not block; the caller's to
     *     close
     * @throws io.gantry.base.error.InvalidArgumentException when there is no such port
     * @throws io.gantry.base.error.NotFoundException when there is no such pod
     * @throws io.gantry.base.error.FailedPreconditionException when it is not ready
     * @throws io.gantry.base.error.UnavailableException when nobody takes the connection
     */
    int dial(String pod, int port);
}
