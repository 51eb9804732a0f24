package io.gantry.image.registry;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.ServiceException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls one host: proves who we are when asked, repeats what may pass, and gives each failure its
 * meaning. What is called is repeated, so it must not matter how often it is done. Thread-safe.
 */
final class RegistryCaller {

    private static final Logger log = LoggerFactory.getLogger(RegistryCaller.class);

    private final String hostName;
    private final Transport transport;
    private final Authorization authorizer;
    private final RetryPolicy policy;
    private final Patience patience;
    private final Refusals refusals;

    RegistryCaller(
            String hostName,
            Transport transport,
            Authorization authorizer,
            RetryPolicy policy,
            Patience patience) {
        this(hostName, transport, authorizer, policy, patience, Refusals.OF_PULLS);
    }

    RegistryCaller(
            String hostName,
            Transport transport,
            Authorization authorizer,
            RetryPolicy policy,
            Patience patience,
            Refusals refusals) {
        this.hostName = hostName;
        this.transport = transport;
        this.authorizer = authorizer;
        this.policy = policy;
        this.patience = patience;
        this.refusals = refusals;
    }

    /** The wait between attempts; shared by all that wait for one pull. */
    record Patience(Clock clock, Deadline deadline) {

        void pause(Duration delay) {
            if (delay.compareTo(deadline.remaining()) > 0) {
                throw new DeadlineExceededException(
                        "deadline exceeded before the registry could be asked again");
            }
            try {
                clock.sleep(delay);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancelledException(
                        "interrupted while waiting to ask the registry again", e);
            }
        }
    }

    /** Reads an answer of the 200s. */
    @FunctionalInterface
    interface AnswerReader<T> {
        T read(Transport.Answer answer) throws IOException;
    }

    /**
     * Sends a request until its answer has been read; a body that breaks off is asked for again.
     *
     * @param subject what is asked for, in messages: {@code image docker.io/library/x:1}
     * @throws ServiceException as {@link Fetcher} says
     */
    <T> T call(Transport.Request request, String subject, AnswerReader<T> reader) {
        return attempt(
                request,
                subject,
                answer -> {
                    try (answer) {
                        return reader.read(answer);
                    }
                });
    }

    /** As {@link #call}, but the caller reads and closes the answer. */
    Transport.Answer open(Transport.Request request, String subject) {
        return attempt(request, subject, answer -> answer);
    }

    private <T> T attempt(Transport.Request request, String subject, AnswerReader<T> reader) {
        for (int failures = 1; ; failures++) {
            Duration delay;
            try {
                Transport.Answer answer = send(request);
                if (answer.status() / 100 == 2) {
                    return reader.read(answer);
                }
                try (answer) {
                    if (!mayPass(answer.status()) || failures >= policy.attempts()) {
                        throw refusal(answer, subject);
                    }
                    delay = delayAfter(failures, answer);
                }
            } catch (IOException e) {
                if (!mayPass(e) || failures >= policy.attempts()) {
                    throw unavailable(subject, e);
                }
                delay = policy.delayAfter(failures);
            }
            patience.pause(delay);
        }
    }

    /**
     * Sends once, and once more with better proof of who we are when that is asked for; yields
     * whatever the answer is.
     */
    Transport.Answer send(Transport.Request request) throws IOException {
        Optional<String> authorization = authorizer.header();
        Transport.Answer answer = transport.send(request, authorization);
        boolean kept = false;
        try {
            if (answer.status() != 401 || !renew(answer, authorization)) {
                logWarnings(answer);
                kept = true;
                return answer;
            }
            // Frees the connection for the next request.
            ErrorBody.describe(answer);
        } finally {
            if (!kept) {
                answer.close();
            }
        }
        return transport.send(request, authorizer.header());
    }

    /** What an answer that is no success means; reads its body. */
    ServiceException refusal(Transport.Answer answer, String subject) {
        return refusals.of(hostName, subject, ErrorBody.read(answer));
    }

    /** How long to wait after an answer that may pass, the {@code failures}-th failure in a row. */
    Duration delayAfter(int failures, Transport.Answer answer) {
        Duration own = policy.delayAfter(failures);
        return retryAfter(answer).filter(d -> d.compareTo(own) > 0).orElse(own);
    }

    /** A failure of the connection, as an exception. */
    RegistryUnavailableException unavailable(String subject, IOException cause) {
        return new RegistryUnavailableException(
                "registry " + hostName + " is unavailable for " + subject + ": " + reason(cause),
                cause);
    }

    private boolean renew(Transport.Answer answer, Optional<String> refused) throws IOException {
        // Who we were redirected to is not the registry and gets no proof of anything.
        if (!answer.sameHost()) {
            return false;
        }
        return authorizer
                .renew(
                        Challenge.parse(answer.response().headers().allValues("WWW-Authenticate")),
                        refused)
                .isPresent();
    }

    /** Whether the same request may be answered otherwise later. */
    static boolean mayPass(int status) {
        return status == 408 || status == 429 || status >= 500;
    }

    /** Nobody there, or somebody whom we do not trust: another host is the better next try. */
    static boolean mayPass(IOException e) {
        return !(e instanceof ConnectException
                || e instanceof HttpConnectTimeoutException
                || e instanceof SSLException);
    }

    private Optional<Duration> retryAfter(Transport.Answer answer) {
        String text = answer.header("Retry-After").strip();
        if (text.isEmpty()) {
            return Optional.empty();
        }
        Duration wanted;
        try {
            wanted =
                    text.matches("[0-9]{1,9}")
                            ? Duration.ofSeconds(Long.parseLong(text))
                            : Duration.between(
                                    patience.clock().now(),
                                    ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                                            .toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
        return Optional.of(wanted.compareTo(policy.maxDelay()) > 0 ? policy.maxDelay() : wanted);
    }

    private void logWarnings(Transport.Answer answer) {
        for (String warning : answer.response().headers().allValues("Warning")) {
            log.atWarn()
                    .addKeyValue("registry", hostName)
                    .addKeyValue("warning", ErrorBody.printable(warning))
                    .log("registry warns");
        }
    }

    private static boolean hasUnresolvedAddress(Throwable e) {
        Throwable cause = e.getCause();
        return cause != null
                && (cause instanceof UnresolvedAddressException || hasUnresolvedAddress(cause));
    }

    private static String reason(IOException e) {
        if (e instanceof ConnectException) {
            return hasUnresolvedAddress(e) ? "host name not found" : "connection refused";
        }
        String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : ErrorBody.printable(message);
    }
}
