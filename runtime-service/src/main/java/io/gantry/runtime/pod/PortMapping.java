package io.gantry.runtime.pod;

/**
 * A port of the host that leads to one of the pod.
 *
 * @param hostPort 0: no mapping wanted
 * @param hostIp empty: every address
 */
public record PortMapping(Protocol protocol, int containerPort, int hostPort, String hostIp) {

    /** Transport protocols. */
    public enum Protocol {
        TCP,
        UDP,
        SCTP
    }
}
