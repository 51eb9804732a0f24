package io.gantry.runtime.cni;

import java.nio.file.Path;
import java.util.Map;

/**
 * The end of a network that lies in a pod.
 *
 * @param containerId the sandbox
 * @param netns pinned network namespace; empty path in DEL when it is gone
 * @param interfaceName in the pod: eth and a number
 * @param arguments CNI_ARGS, as K=V;K=V
 */
record Attachment(String containerId, String netns, String interfaceName, String arguments) {

    /** The first interface in a pod, as every Kubernetes runtime names it. */
    static final String INTERFACE = "eth0";

    private static final String KIND = "eth";

    /**
     * One of a pod.
     *
     * @param number of the interface, from 0
     */
    static Attachment of(String containerId, Path netns, int number, Map<String, String> pod) {
        StringBuilder arguments = new StringBuilder("IgnoreUnknown=1");
        pod.forEach((key, value) -> arguments.append(';').append(key).append('=').append(value));
        return new Attachment(containerId, netns.toString(), KIND + number, arguments.toString());
    }

    /** Whether it is the one that a pod's addresses are told from. */
    boolean isFirst() {
        return interfaceName.equals(INTERFACE);
    }

    /** Of the interface; those that are named otherwise come last. */
    int number() {
        return interfaceName.matches(KIND + "[0-9]{1,4}")
                ? Integer.parseInt(interfaceName.substring(KIND.length()))
                : Integer.MAX_VALUE;
    }

    Attachment withoutNetns() {
        return new Attachment(containerId, "", interfaceName, arguments);
    }

    Map<String, String> environment(String command) {
        return Map.of(
                "CNI_COMMAND", command,
                "CNI_CONTAINERID", containerId,
                "CNI_NETNS", netns,
                "CNI_IFNAME", interfaceName,
                "CNI_ARGS", arguments);
    }
}
