package io.gantry.cri.streaming;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Reads the headers by which client and server agree on a protocol. */
final class UpgradeHeaders {

    private UpgradeHeaders() {}

    /** Whether a request asks to go on with another protocol. */
    static boolean wants(HttpRequest request, String protocol) {
        return has(request.headers(), HttpHeaderNames.CONNECTION, "upgrade")
                && has(request.headers(), HttpHeaderNames.UPGRADE, protocol);
    }

    private static boolean has(HttpHeaders headers, CharSequence name, String word) {
        return words(headers, name).stream().anyMatch(word::equalsIgnoreCase);
    }

    /** The words of a header that is a list, in all its lines. */
    static List<String> words(HttpHeaders headers, CharSequence name) {
        return headers.getAll(name).stream()
                .flatMap(line -> Arrays.stream(line.split(",")))
                .map(String::strip)
                .filter(word -> !word.isEmpty())
                .toList();
    }

    /** The first of what the client can that the server can too. */
    static Optional<String> agree(List<String> client, List<String> server) {
        return client.stream().filter(server::contains).findFirst();
    }
}
