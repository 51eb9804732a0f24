package io.gantry.image.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.base.Clock;
import io.gantry.base.error.PermissionDeniedException;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Gets access tokens from the realm that a registry names (distribution's token protocol). */
final class TokenRealm {

    private static final String CLIENT = "gantry";
    private static final int MAX_BYTES = 1024 * 1024;
    private static final Duration MIN_LIFETIME = Duration.ofSeconds(60);
    private static final Duration MAX_LIFETIME = Duration.ofHours(1);
    private static final Duration LEAST_LEFT = Duration.ofSeconds(10);
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** How realms answer that do not know the method. */
    private static final Set<Integer> UNSERVED_GET = Set.of(404, 405);

    /**
     * The same of POST; JFrog's refuses what it does not know (distribution's clients do alike).
     */
    private static final Set<Integer> UNSERVED_POST = Set.of(401, 404, 405);

    /** RFC 6749 has 400 for a refresh token that is no good; realms have others. */
    private static final Set<Integer> REFUSED_REFRESH = Set.of(400, 401, 403, 404, 405);

    private final Transport transport;
    private final Clock clock;
    private final boolean logsIn;

    TokenRealm(Transport transport, Clock clock) {
        this(transport, clock, false);
    }

    private TokenRealm(Transport transport, Clock clock, boolean logsIn) {
        this.transport = transport;
        this.clock = clock;
        this.logsIn = logsIn;
    }

    /** One that asks for a refresh token as well, to be kept in place of a password. */
    static TokenRealm forLogins(Transport transport, Clock clock) {
        return new TokenRealm(transport, clock, true);
    }

    /**
     * What a token is for.
     *
     * @param scope one or several, with spaces between
     * @param credentials who asks; part of the key, so that nobody gets another's token
     */
    record Wanted(URI realm, String service, String scope, Credentials credentials) {

        /** The same, whatever it is for: refresh tokens stand for credentials in any scope. */
        Wanted anyScope() {
            return new Wanted(realm, service, "", credentials);
        }
    }

    /**
     * An access token and when to get a new one.
     *
     * @param refreshToken to ask with from then on in place of credentials; empty: as before
     */
    record Token(String value, Instant renewAt, String refreshToken) {

        String header() {
            return "Bearer " + value;
        }

        /** Says nothing of the secret. */
        @Override
        public String toString() {
            return "Token[renewAt=" + renewAt + "]";
        }
    }

    /**
     * Asks for a token: with an identity token by POST, else by GET, with Basic credentials if
     * there are any. Some realms serve one of the two only; then it is the other, with the identity
     * token for a password.
     *
     * @throws PermissionDeniedException when the realm refuses
     * @throws IOException when it fails otherwise
     */
    Token fetch(Wanted wanted) throws IOException {
        return fetch(wanted, "").orElseThrow();
    }

    /**
     * As {@link #fetch(Wanted)}, with a refresh token that the realm gave out earlier in place of
     * the credentials.
     *
     * @param refreshToken empty: with the credentials
     * @return empty when the realm does not take the refresh token, or any more
     */
    Optional<Token> fetch(Wanted wanted, String refreshToken) throws IOException {
        if (refreshToken.isEmpty()) {
            return Optional.of(fetchByCredentials(wanted));
        }
        Map<String, String> grant = Map.of("refresh_token", refreshToken);
        return ask(new Asked(post(wanted, grant), Optional.empty()), REFUSED_REFRESH);
    }

    private Token fetchByCredentials(Wanted wanted) throws IOException {
        Credentials credentials = wanted.credentials();
        String identity = credentials.identityToken();
        Asked first;
        Asked second;
        if (!identity.isEmpty()) {
            first = new Asked(post(wanted, Map.of("refresh_token", identity)), Optional.empty());
            second = get(wanted, Credentials.basic(credentials.username(), identity));
        } else {
            first = get(wanted, credentials);
            second = new Asked(post(wanted, passwordOf(credentials)), Optional.empty());
        }
        boolean another = !credentials.isAnonymous();
        Set<Integer> unserved = identity.isEmpty() ? UNSERVED_GET : UNSERVED_POST;
        Optional<Token> token = ask(first, another ? unserved : Set.of());
        return token.isPresent() ? token.get() : ask(second, Set.of()).orElseThrow();
    }

    /** A request with the header that goes with it. */
    private record Asked(Transport.Request request, Optional<String> authorization) {}

    /** Empty when the realm answers with a status of {@code unserved}. */
    private Optional<Token> ask(Asked asked, Set<Integer> unserved) throws IOException {
        Instant now = clock.now();
        Transport.Request request = asked.request;
        try (Transport.Answer answer = transport.send(request, asked.authorization)) {
            int status = answer.status();
            if (status == 200) {
                return Optional.of(read(request.url(), now, answer));
            }
            String said = ErrorBody.describe(answer);
            if (unserved.contains(status)) {
                return Optional.empty();
            }
            String where = "token realm " + request.url().getRawAuthority();
            if (status >= 500 || status == 429) {
                throw new IOException(where + " failed with " + said);
            }
            throw new PermissionDeniedException(where + " refused a token with " + said);
        }
    }

    private static Token read(URI url, Instant asked, Transport.Answer answer) throws IOException {
        byte[] bytes = answer.body().readNBytes(MAX_BYTES);
        JsonNode json;
        try {
            json = MAPPER.readTree(bytes);
        } catch (IOException e) {
            throw new PermissionDeniedException(
                    "token realm " + url.getRawAuthority() + " answered with something not JSON");
        }
        String value = json.path("token").asText("");
        value = value.isEmpty() ? json.path("access_token").asText("") : value;
        if (value.isEmpty() || !value.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new PermissionDeniedException(
                    "token realm " + url.getRawAuthority() + " answered without a usable token");
        }
        Duration left = left(json, asked).multipliedBy(9).dividedBy(10);
        return new Token(value, asked.plus(left), json.path("refresh_token").asText(""));
    }

    /**
     * How long a token holds. A realm may hand out one that it has had for a while; when that would
     * have run out already, its clock and ours differ, and only the length counts.
     */
    private static Duration left(JsonNode json, Instant asked) {
        Duration lifetime = clamp(Duration.ofSeconds(json.path("expires_in").asInt(0)));
        Duration age;
        try {
            age = Duration.between(Instant.parse(json.path("issued_at").asText("")), asked);
        } catch (DateTimeException e) {
            return lifetime;
        }
        Duration left = lifetime.minus(age);
        return age.isNegative() || left.compareTo(LEAST_LEFT) < 0 ? lifetime : left;
    }

    private static Duration clamp(Duration lifetime) {
        if (lifetime.compareTo(MIN_LIFETIME) < 0) {
            return MIN_LIFETIME;
        }
        return lifetime.compareTo(MAX_LIFETIME) > 0 ? MAX_LIFETIME : lifetime;
    }

    private Asked get(Wanted wanted, Credentials credentials) {
        Map<String, String> parameters = new LinkedHashMap<>();
        putService(wanted, parameters);
        if (logsIn) {
            parameters.put("offline_token", "true");
            parameters.put("client_id", CLIENT);
        }
        URI url = withQuery(wanted.realm(), query(parameters, wanted.scope()));
        return new Asked(Transport.Request.get(url, Map.of()), Authorizer.basic(credentials));
    }

    /** An OAuth2 request, with one grant or another. */
    private Transport.Request post(Wanted wanted, Map<String, String> grant) {
        Map<String, String> parameters = new LinkedHashMap<>();
        putService(wanted, parameters);
        if (!wanted.scope().isEmpty()) {
            parameters.put("scope", wanted.scope());
        }
        parameters.put("grant_type", grant.containsKey("password") ? "password" : "refresh_token");
        parameters.put("client_id", CLIENT);
        if (logsIn) {
            parameters.put("access_type", "offline");
        }
        parameters.putAll(grant);
        return new Transport.Request(
                "POST", wanted.realm(), Map.of(), Map.of(), encode(parameters));
    }

    private static Map<String, String> passwordOf(Credentials credentials) {
        Map<String, String> grant = new LinkedHashMap<>();
        grant.put("username", credentials.username());
        grant.put("password", credentials.password());
        return grant;
    }

    private static void putService(Wanted wanted, Map<String, String> parameters) {
        if (!wanted.service().isEmpty()) {
            parameters.put("service", wanted.service());
        }
    }

    private static URI withQuery(URI realm, String query) {
        if (query.isEmpty()) {
            return realm;
        }
        String separator = realm.getRawQuery() == null ? "?" : "&";
        return URI.create(realm + separator + query);
    }

    /** A GET asks for each scope by a parameter of its own, where a POST has one list. */
    private static String query(Map<String, String> parameters, String scopes) {
        return Stream.concat(
                        parameters.isEmpty() ? Stream.empty() : Stream.of(encode(parameters)),
                        Arrays.stream(scopes.split(" ", -1))
                                .filter(s -> !s.isEmpty())
                                .map(s -> encode(Map.of("scope", s))))
                .collect(Collectors.joining("&"));
    }

    private static String encode(Map<String, String> parameters) {
        return parameters.entrySet().stream()
                .map(
                        e ->
                                e.getKey()
                                        + "="
                                        + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }
}
