package io.gantry.image.registry;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Token authentication for a {@link FakeRegistry}, the realm being the registry itself or another.
 * Tokens are numbered; the last one that was given out is valid.
 */
final class FakeRealm {

    private final String realmUrl;
    private final AtomicInteger issued = new AtomicInteger();
    private final List<String> forms = new CopyOnWriteArrayList<>();
    private volatile String accepted = "";
    private volatile boolean all;
    private volatile String more = ",\"expires_in\":300";
    private volatile String refreshToken = "good";

    private FakeRealm(String realmUrl) {
        this.realmUrl = realmUrl;
    }

    /**
     * Puts {@code registry} behind tokens that are given out at {@code realmHost}.
     *
     * @param credentials the Authorization header that the realm wants; empty: any or none
     */
    static FakeRealm protect(FakeRegistry registry, FakeRegistry realmHost, String credentials) {
        FakeRealm realm = new FakeRealm(realmHost.url() + "/token");
        registry.guard(realm::admits);
        realmHost.fail(
                Integer.MAX_VALUE,
                seen -> seen.pathEnds("/token"),
                exchange -> realm.issue(exchange, credentials));
        return realm;
    }

    int issued() {
        return issued.get();
    }

    List<String> forms() {
        return List.copyOf(forms);
    }

    /** Makes all tokens so far invalid. */
    void revoke() {
        accepted = "";
    }

    /** What answers have beside the token, as JSON that begins with a comma; or nothing. */
    void answerWith(String fields) {
        more = fields;
    }

    /** The refresh token that it takes from now on. */
    void takeRefreshToken(String token) {
        refreshToken = token;
    }

    /** Takes every token that it ever gave out. */
    void acceptAll() {
        all = true;
    }

    private boolean admits(HttpExchange exchange) throws IOException {
        String shown = FakeRegistry.header(exchange, "Authorization").orElse("");
        if (!accepted.isEmpty() && shown.equals("Bearer " + accepted)) {
            return true;
        }
        if (all && shown.startsWith("Bearer token-")) {
            return true;
        }
        challenge(exchange);
        return false;
    }

    /** Asks who it is. */
    void challenge(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders()
                .set(
                        "WWW-Authenticate",
                        "Bearer realm=\"" + realmUrl + "\",service=\"fake, \\\"quoted\\\"\"");
        FakeRegistry.error(exchange, 401, "UNAUTHORIZED", "authentication required");
    }

    private void issue(HttpExchange exchange, String credentials) throws IOException {
        String shown = FakeRegistry.header(exchange, "Authorization").orElse("");
        String form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        forms.add(form);
        boolean identified = form.endsWith("refresh_token=" + refreshToken);
        if (!credentials.isEmpty() && !shown.equals(credentials) && !identified) {
            FakeRegistry.answer(
                    exchange,
                    401,
                    "{\"details\":\"incorrect username or password\"}"
                            .getBytes(StandardCharsets.UTF_8));
            return;
        }
        accepted = "token-" + issued.incrementAndGet();
        String key = identified ? "access_token" : "token";
        FakeRegistry.answer(
                exchange,
                200,
                ("{\"" + key + "\":\"" + accepted + "\"" + more + "}")
                        .getBytes(StandardCharsets.UTF_8));
    }
}
