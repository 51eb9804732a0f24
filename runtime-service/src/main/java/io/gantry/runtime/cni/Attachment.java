package io.gantry.runtime.cni;

import io.gantry.base.error.InvalidArgumentException;
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
     * @throws InvalidArgumentException when something of the pod cannot be said in CNI_ARGS
     */
    static Attachment of(String containerId, Path netns, int number, Map<String, String> pod) {
        StringBuilder arguments = new StringBuilder("IgnoreUnknown=1");
        pod.forEach((key, value) -> arguments.append(';').append(pair(key, value)));
        return new Attachment(containerId, netns.toString(), KIND + number, arguments.toString());
    }

    /** Plug-ins would take what follows such a character for another pair, or refuse it. */
    private static String pair(String key, String value) {
        if (value.contains(";") || value.contains("=")) {
            throw new InvalidArgumentException(
                    key + " \"" + value + "\" has a ; or =, which CNI_ARGS cannot carry");
        }
        return key + '=' + value;
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
