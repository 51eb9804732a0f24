package io.gantry.image.metadata;

import io.gantry.image.content.Digest;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Lists of digests in one column. */
final class DigestLists {

    private DigestLists() {}

    static String join(List<Digest> digests) {
        return digests.stream().map(Digest::toString).collect(Collectors.joining(" "));
    }

    static List<Digest> split(String text) {
        return text.isEmpty()
                ? List.of()
                : Arrays.stream(text.split(" ", -1)).map(Digest::parse).toList();
    }
}
