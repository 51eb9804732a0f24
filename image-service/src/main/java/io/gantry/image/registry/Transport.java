package io.gantry.image.registry;

import io.gantry.base.Deadline;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.PermissionDeniedException;
import io.gantry.linux.syscall.LibcryptoProvider;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests and follows redirects: at most {@value #MAX_REDIRECTS}, never from https to http,
 * and what was meant for one host (credentials, configured headers) is not shown to another.
 */
final class Transport {

    static final int MAX_REDIRECTS = 10;

    private static final String USER_AGENT = "gantry";

    private final HttpClient client;
    private final RetryPolicy policy;
    private final Deadline deadline;
    private volatile boolean probes;

    Transport(HttpClient client, RetryPolicy policy, Deadline deadline) {
        this.client = client;
        this.policy = policy;
        this.deadline = deadline;
    }

    /** Makes the first request to a host by https find out whether that host speaks TLS at all. */
    Transport probingTls() {
        probes = true;
        return this;
    }

    /**
     * A request without its credentials.
     *
     * @param headers for whichever host answers
     * @param hostHeaders for the host of {@code url} only
     * @param form sent by POST when not null
     * @param body sent when not null; stands in place of a form
     */
    record Request(
            String method,
            URI url,
            Map<String, String> headers,
            Map<String, List<String>> hostHeaders,
            @Nullable String form,
            @Nullable RequestBody body) {

        Request(
                String method,
                URI url,
                Map<String, String> headers,
                Map<String, List<String>> hostHeaders,
                @Nullable String form) {
            this(method, url, headers, hostHeaders, form, null);
        }

        static Request get(URI url, Map<String, String> headers) {
            return new Request("GET", url, headers, Map.of(), null);
        }
    }

    /**
     * An answer; whoever gets it closes it.
     *
     * @param sameHost whether the host that was asked gave it, not one it redirected to
     */
    record Answer(HttpResponse<BodyStream> response, boolean sameHost) implements AutoCloseable {

        int status() {
            return response.statusCode();
        }

        BodyStream body() {
            return response.body();
        }

        /** A header; empty when absent. */
        String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }

        @Override
        public void close() {
            response.body().close();
        }
    }

    /**
     * Sends.
     *
     * @param authorization value of the header of that name, for the host of the URL only
     * @throws IOException when the connection fails or a redirect is refused
     */
    Answer send(Request request, Optional<String> authorization) throws IOException {
        URI from = request.url();
        URI url = from;
        for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
            boolean sameHost = sameOrigin(url, request.url());
            Answer answer =
                    new Answer(
                            exchange(build(request, url, sameHost, authorization), request.body()),
                            sameHost);
            checkAgain(from, url, answer);
            if (!isRedirect(answer.status())) {
                return answer;
            }
            answer.close();
            from = url;
            if (request.body() != null && answer.status() < 307) {
                throw new RefusedRedirectException(
                        shown(url) + " redirects what was sent to it as if nothing had been");
            }
            if (request.form() != null) {
                throw new RefusedRedirectException(
                        shown(url) + " redirects a form that holds a secret");
            }
            url = target(url, answer.header("Location"));
        }
        throw new RefusedRedirectException(
                shown(request.url()) + " redirects more than " + MAX_REDIRECTS + " times");
    }

    /** See {@link Reach}. */
    private static void checkAgain(URI from, URI url, Answer answer) {
        boolean mayBeHeard = false;
        try {
            Reach.check(from, url, "redirects");
            mayBeHeard = true;
        } finally {
            if (!mayBeHeard) {
                answer.close();
            }
        }
    }

    private HttpRequest build(
            Request request, URI url, boolean sameHost, Optional<String> authorization) {
        HttpRequest.Builder builder = HttpRequest.newBuilder(url);
        builder.setHeader("User-Agent", USER_AGENT);
        if (sameHost) {
            request.hostHeaders()
                    .forEach((name, values) -> values.forEach(v -> builder.header(name, v)));
            authorization.ifPresent(value -> builder.setHeader("Authorization", value));
        }
        request.headers().forEach(builder::setHeader);
        String form = request.form();
        RequestBody body = request.body();
        if (body != null) {
            builder.setHeader("Content-Type", body.mediaType());
            return builder.method(request.method(), body.publisher()).build();
        }
        if (form != null) {
            builder.setHeader("Content-Type", "application/x-www-form-urlencoded");
            builder.POST(HttpRequest.BodyPublishers.ofString(form));
        } else {
            builder.method(request.method(), HttpRequest.BodyPublishers.noBody());
        }
        return builder.timeout(answerTimeout()).build();
    }

    private HttpResponse<BodyStream> exchange(HttpRequest request, @Nullable RequestBody body)
            throws IOException {
        if ("https".equals(request.uri().getScheme())) {
            LibcryptoProvider.install();
        }
        deadline.check("asking " + request.uri().getRawAuthority());
        if (probes) {
            TlsProbe.check(request.uri());
            probes = false;
        }
        HttpResponse.BodyHandler<BodyStream> reader =
                info -> new BodyStream(policy.stallTimeout(), deadline);
        try {
            return body == null
                    ? client.send(request, reader)
                    : body.await(client.sendAsync(request, reader), policy, deadline);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException(
                    "interrupted while asking " + request.uri().getRawAuthority(), e);
        } catch (HttpTimeoutException e) {
            if (deadline.expired()) {
                throw new DeadlineExceededException(
                        "deadline exceeded while asking " + request.uri().getRawAuthority(), e);
            }
            throw e;
        }
    }

    private Duration answerTimeout() {
        Duration remaining = deadline.remaining();
        Duration timeout =
                remaining.compareTo(policy.answerTimeout()) < 0
                        ? remaining
                        : policy.answerTimeout();
        return timeout.isZero() ? Duration.ofNanos(1) : timeout;
    }

    /** Where a redirect leads. */
    static URI target(URI from, String location) throws RefusedRedirectException {
        if (location.isEmpty()) {
            throw new RefusedRedirectException(shown(from) + " redirects to nowhere");
        }
        URI to;
        try {
            to = from.resolve(location);
        } catch (IllegalArgumentException e) {
            throw new RefusedRedirectException(shown(from) + " redirects to a malformed URL");
        }
        String scheme = String.valueOf(to.getScheme());
        boolean allowed =
                scheme.equals("https")
                        || (scheme.equals("http") && from.getScheme().equals("http"));
        if (!allowed || to.getHost() == null) {
            throw new RefusedRedirectException(
                    shown(from) + " redirects to " + scheme + ", which is refused");
        }
        Reach.check(from, to, "redirects");
        return to;
    }

    /** Without its query, which may hold a signature. */
    private static String shown(URI url) {
        return url.getScheme() + "://" + url.getRawAuthority() + url.getRawPath();
    }

    static boolean sameOrigin(URI one, URI other) {
        return one.getScheme().equals(other.getScheme())
                && one.getHost().equalsIgnoreCase(other.getHost())
                && port(one) == port(other);
    }

    private static int port(URI url) {
        if (url.getPort() >= 0) {
            return url.getPort();
        }
        return url.getScheme().equals("https") ? 443 : 80;
    }

    private static boolean isRedirect(int status) {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    }

    /** A redirect that is not followed; asking again would not help. */
    static final class RefusedRedirectException extends PermissionDeniedException {

        private static final long serialVersionUID = 1L;

        RefusedRedirectException(String message) {
            super(message);
        }
    }
}
