package io.gantry.cri.translate;

import io.gantry.base.IpSubnet;
import io.gantry.base.error.InvalidArgumentException;
import java.util.List;
import java.util.stream.Stream;

/** What a kubelet says of the addresses that are for pods of its node. */
public final class PodCidrs {

    private PodCidrs() {}

    /**
     * Takes the list apart: one subnet, or one of each family with a comma between them.
     *
     * @return as they were written; none when nothing is said
     * @throws InvalidArgumentException naming what is no subnet
     */
    public static List<String> of(String list) {
        if (list.isBlank()) {
            return List.of();
        }
        List<String> ranges = Stream.of(list.split(",", -1)).map(String::strip).toList();
        for (String range : ranges) {
            try {
                IpSubnet _ = IpSubnet.parse(range);
            } catch (IllegalArgumentException e) {
                throw new InvalidArgumentException("pod_cidr: " + e.getMessage(), e);
            }
        }
        return ranges;
    }
}
