package io.gantry.image.registry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.gantry.base.Clock;
import io.gantry.base.Tasks;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * A token server that a real registry trusts: signs JSON Web Tokens (RFC 7519) with RS256, with its
 * certificate in the header, as distribution's token specification has it. One user may push and
 * pull; one refresh token stands for that user.
 */
final class TokenServer implements AutoCloseable {

    static final String ISSUER = "gantry-test";
    static final String SERVICE = "test-registry";
    static final String REFRESH_TOKEN = "refresh-alice";

    private static final int LIFETIME_SECONDS = 300;

    private final HttpServer server;
    private final ExecutorService executor = Tasks.perTask("token-server");
    private final PrivateKey key;
    private final X509Certificate certificate;
    private final AtomicInteger issued = new AtomicInteger();
    private final List<String> methods = new CopyOnWriteArrayList<>();

    private TokenServer(HttpServer server, PrivateKey key, X509Certificate certificate) {
        this.server = server;
        this.key = key;
        this.certificate = certificate;
    }

    /** Starts one that signs with an RSA key. */
    static TokenServer start(Path certificate, Path key) throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        TokenServer tokens =
                new TokenServer(
                        server,
                        PemFiles.privateKey(key),
                        PemFiles.certificates(certificate).getFirst());
        server.createContext("/token", tokens::serve);
        server.setExecutor(tokens.executor);
        server.start();
        return tokens;
    }

    String realm() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/token";
    }

    int issued() {
        return issued.get();
    }

    /** Of the requests so far. */
    List<String> methods() {
        return List.copyOf(methods);
    }

    @Override
    public void close() {
        server.stop(0);
        executor.shutdownNow();
    }

    private void serve(HttpExchange exchange) throws IOException {
        methods.add(exchange.getRequestMethod());
        boolean post = exchange.getRequestMethod().equals("POST");
        String form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String query = post ? form : exchange.getRequestURI().getRawQuery();
        boolean known =
                post
                        ? values(query, "refresh_token").contains(REFRESH_TOKEN)
                        : isAlice(FakeRegistry.header(exchange, "Authorization").orElse(""));
        boolean right = values(query, "service").equals(List.of(SERVICE));
        if (!known || !right) {
            FakeRegistry.error(exchange, 401, "UNAUTHORIZED", "who are you");
            return;
        }
        List<String> scopes =
                values(query, "scope").stream()
                        .flatMap(scope -> Arrays.stream(scope.split(" ", -1)))
                        .toList();
        try {
            String answer =
                    "{\"%s\":\"%s\",\"expires_in\":%d%s}"
                            .formatted(
                                    post ? "access_token" : "token",
                                    token(scopes),
                                    LIFETIME_SECONDS,
                                    values(query, "offline_token").isEmpty()
                                            ? ""
                                            : ",\"refresh_token\":\"" + REFRESH_TOKEN + "\"");
            issued.incrementAndGet();
            FakeRegistry.answer(exchange, 200, answer.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private String token(List<String> scopes) throws GeneralSecurityException {
        String header =
                "{\"typ\":\"JWT\",\"alg\":\"RS256\",\"x5c\":[\"%s\"]}"
                        .formatted(Base64.getEncoder().encodeToString(certificate.getEncoded()));
        long now = Clock.SYSTEM.now().getEpochSecond();
        String claims =
                ("{\"iss\":\"%s\",\"sub\":\"alice\",\"aud\":\"%s\",\"exp\":%d,\"nbf\":%d,"
                                + "\"iat\":%d,\"jti\":\"%d\",\"access\":[%s]}")
                        .formatted(
                                ISSUER,
                                SERVICE,
                                now + LIFETIME_SECONDS,
                                now - 10,
                                now,
                                issued.get(),
                                scopes.stream()
                                        .map(TokenServer::access)
                                        .collect(Collectors.joining(",")));
        String signed =
                encode(header.getBytes(StandardCharsets.UTF_8))
                        + "."
                        + encode(claims.getBytes(StandardCharsets.UTF_8));
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(key);
        signature.update(signed.getBytes(StandardCharsets.UTF_8));
        return signed + "." + encode(signature.sign());
    }

    private static String access(String scope) {
        String[] parts = scope.split(":", -1);
        String actions =
                Arrays.stream(parts[2].split(",", -1))
                        .map(action -> "\"" + action + "\"")
                        .collect(Collectors.joining(","));
        return "{\"type\":\"%s\",\"name\":\"%s\",\"actions\":[%s]}"
                .formatted(parts[0], parts[1], actions);
    }

    private static boolean isAlice(String authorization) {
        return authorization.equals(
                Authorizer.basic(Credentials.basic(DockerRegistry.USER, DockerRegistry.PASSWORD))
                        .orElseThrow());
    }

    private static List<String> values(String query, String name) {
        List<String> values = new ArrayList<>();
        for (String pair : query.split("&", -1)) {
            if (pair.startsWith(name + "=")) {
                values.add(
                        URLDecoder.decode(
                                pair.substring(name.length() + 1), StandardCharsets.UTF_8));
            }
        }
        return values;
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
