package io.gantry.image.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.base.Clock;
import io.gantry.base.error.PermissionDeniedException;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Gets access tokens from the realm that a registry names (distribution's token protocol). */
final class TokenRealm {

    private static final int MAX_BYTES = 1024 * 1024;
    private static final Duration MIN_LIFETIME = Duration.ofSeconds(60);
    private static final Duration MAX_LIFETIME = Duration.ofHours(1);
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Transport transport;
    private final Clock clock;

    TokenRealm(Transport transport, Clock clock) {
        this.transport = transport;
        this.clock = clock;
    }

    /**
     * What a token is for.
     *
     * @param scope one or several, with spaces between
     * @param credentials who asks; part of the key, so that nobody gets another's token
     */
    record Wanted(URI realm, String service, String scope, Credentials credentials) {}

    /** An access token and when to get a new one. */
    record Token(String value, Instant renewAt) {

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
     * there are any.
     *
     * @throws PermissionDeniedException when the realm refuses
     * @throws IOException when it fails otherwise
     */
    Token fetch(Wanted wanted) throws IOException {
        Credentials credentials = wanted.credentials();
        Map<String, String> parameters = new LinkedHashMap<>();
        if (!wanted.service().isEmpty()) {
            parameters.put("service", wanted.service());
        }
        if (!credentials.identityToken().isEmpty()) {
            parameters.put("scope", wanted.scope());
            parameters.put("grant_type", "refresh_token");
            parameters.put("client_id", "gantry");
            parameters.put("refresh_token", credentials.identityToken());
            return ask(post(wanted.realm(), parameters), Optional.empty());
        }
        Transport.Request request =
                Transport.Request.get(
                        withQuery(wanted.realm(), query(parameters, wanted.scope())), Map.of());
        return ask(request, Authorizer.basic(credentials));
    }

    private Token ask(Transport.Request request, Optional<String> authorization)
            throws IOException {
        Instant asked = clock.now();
        try (Transport.Answer answer = transport.send(request, authorization)) {
            int status = answer.status();
            if (status == 200) {
                return read(request.url(), asked, answer);
            }
            String said = ErrorBody.describe(answer);
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
        String value = json.path("token").asText(json.path("access_token").asText(""));
        if (value.isEmpty() || !value.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new PermissionDeniedException(
                    "token realm " + url.getRawAuthority() + " answered without a usable token");
        }
        Duration lifetime = Duration.ofSeconds(json.path("expires_in").asInt(0));
        return new Token(value, asked.plus(clamp(lifetime).multipliedBy(9).dividedBy(10)));
    }

    private static Duration clamp(Duration lifetime) {
        if (lifetime.compareTo(MIN_LIFETIME) < 0) {
            return MIN_LIFETIME;
        }
        return lifetime.compareTo(MAX_LIFETIME) > 0 ? MAX_LIFETIME : lifetime;
    }

    private static Transport.Request post(URI realm, Map<String, String> parameters) {
        return new Transport.Request("POST", realm, Map.of(), Map.of(), encode(parameters));
    }

    private static URI withQuery(URI realm, String query) {
        String separator = realm.getRawQuery() == null ? "?" : "&";
        return URI.create(realm + separator + query);
    }

    /** A GET asks for each scope by a parameter of its own, where a POST has one list. */
    private static String query(Map<String, String> parameters, String scopes) {
        return Stream.concat(
                        parameters.isEmpty() ? Stream.empty() : Stream.of(encode(parameters)),
                        Arrays.stream(scopes.split(" ", -1)).map(s -> encode(Map.of("scope", s))))
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
