package io.gantry.runtime.cni;

import java.util.ArrayList;
import java.util.List;

/** Which of the addresses of a pod is its primary one. */
public enum AddressOrder {
    /** The first of IPv4, if there is one. */
    IPV4,
    /** The first of IPv6, if there is one. */
    IPV6,
    /** The first that plugins gave. */
    CNI;

    /** The primary address first, the others behind it as they were. */
    List<String> sorted(List<String> addresses) {
        List<String> sorted = new ArrayList<>(addresses);
        for (String address : addresses) {
            if (this != CNI && address.contains(":") == (this == IPV6)) {
                sorted.remove(address);
                sorted.addFirst(address);
                break;
            }
        }
        return sorted;
    }
}
