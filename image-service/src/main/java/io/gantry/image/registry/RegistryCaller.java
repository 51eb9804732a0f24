package io.gantry.image.registry;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.NotFoundException;
import io.gantry.base.error.PermissionDeniedException;
import io.gantry.base.error.ServiceException;
import io.gantry.base.error.UnknownException;
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
 * meaning. Used for requests without effect only, which may be repeated. Thread-safe.
 */
final class RegistryCaller {

    private static final Logger log = LoggerFactory.getLogger(RegistryCaller.class);

    private final String hostName;
    private final Transport transport;
    private final Authorizer authorizer;
    private final RetryPolicy policy;
    private final Patience patience;

    RegistryCaller(
            String hostName,
            Transport transport,
            Authorizer authorizer,
            RetryPolicy policy,
            Patience patience) {
        this.hostName = hostName;
        this.transport = transport;
        this.authorizer = authorizer;
        this.policy = policy;
        this.patience = patience;
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
        boolean renewed = false;
        for (int failures = 1; ; failures++) {
            Optional<String> authorization = authorizer.header();
            Duration delay;
            try {
                Transport.Answer answer = transport.send(request, authorization);
                if (answer.status() / 100 == 2) {
                    logWarnings(answer);
                    return reader.read(answer);
                }
                try (answer) {
                    String said = ErrorBody.describe(answer);
                    if (answer.status() == 401 && !renewed && renew(answer, authorization)) {
                        renewed = true;
                        failures--;
                        continue;
                    }
                    if (!mayPass(answer.status()) || failures >= policy.attempts()) {
                        throw meaningOf(answer.status(), said, subject);
                    }
                    delay = retryAfter(answer).orElseGet(() -> Duration.ZERO);
                }
            } catch (IOException e) {
                if (!mayPass(e) || failures >= policy.attempts()) {
                    throw unavailable(subject, e);
                }
                delay = Duration.ZERO;
            }
            Duration own = policy.delayAfter(failures);
            patience.pause(delay.compareTo(own) > 0 ? delay : own);
        }
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

    private ServiceException meaningOf(int status, String said, String subject) {
        if (status == 404) {
            return new NotFoundException(subject + " not found in registry " + hostName);
        }
        if (status == 401 || status == 403) {
            return new PermissionDeniedException(
                    "registry " + hostName + " denied access to " + subject + " with " + said);
        }
        String message = "registry " + hostName + " answered for " + subject + " with " + said;
        return mayPass(status)
                ? new RegistryUnavailableException(message, null)
                : new UnknownException(message);
    }

    private static boolean mayPass(int status) {
        return status == 408 || status == 429 || status >= 500;
    }

    /** Nobody there, or somebody whom we do not trust: another host is the better next try. */
    private static boolean mayPass(IOException e) {
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
