package io.gantry.e2e.harness;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/**
 * A token server that docker-registry trusts: signed JSON Web Tokens (RFC 7519) with the
 * certificate in their header, for one user or for the refresh token that it gives out at a login.
 */
final class TokenServer implements AutoCloseable {

    static final String SERVICE = "e2e-registry";
    static final String ISSUER = "e2e-tokens";

    private static final String REFRESH_TOKEN = "e2e-refresh";

    private final HttpServer server;
    private final PrivateKey key;
    private final Certificate certificate;
    private final String credentials;

    /**
     * Starts one.
     *
     * @param certificate in PEM
     * @param key of it, an RSA key in PKCS #8 and PEM
     * @param credentials of the user, with a colon between
     */
    TokenServer(Path certificate, Path key, String credentials) {
        this.credentials = credentials;
        try (InputStream in = Files.newInputStream(certificate)) {
            this.certificate = CertificateFactory.getInstance("X.509").generateCertificate(in);
            String body = Files.readString(key).replaceAll("-----[^-]+-----|\\s", "");
            this.key =
                    KeyFactory.getInstance("RSA")
                            .generatePrivate(
                                    new PKCS8EncodedKeySpec(Base64.getDecoder().decode(body)));
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
        server.createContext("/token", this::serve);
        server.start();
    }

    String realm() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/token";
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void serve(HttpExchange exchange) throws IOException {
        boolean post = exchange.getRequestMethod().equals("POST");
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String query = post ? body : exchange.getRequestURI().getRawQuery();
        String basic =
                Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
        boolean known =
                post
                        ? values(query, "refresh_token").contains(REFRESH_TOKEN)
                        : ("Basic " + basic)
                                .equals(exchange.getRequestHeaders().getFirst("Authorization"));
        if (!known) {
            answer(exchange, 401, "{\"details\":\"incorrect username or password\"}");
            return;
        }
        try {
            String refresh =
                    values(query, "offline_token").isEmpty()
                            ? ""
                            : ",\"refresh_token\":\"" + REFRESH_TOKEN + "\"";
            String name = post ? "access_token" : "token";
            answer(
                    exchange,
                    200,
                    "{\"%s\":\"%s\",\"expires_in\":300%s}"
                            .formatted(name, token(scopes(query)), refresh));
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private static List<String> scopes(String query) {
        return values(query, "scope").stream()
                .flatMap(scopes -> Stream.of(scopes.split(" ", -1)))
                .toList();
    }

    private String token(List<String> scopes) throws GeneralSecurityException {
        long now = System.currentTimeMillis() / 1000;
        List<String> access = new ArrayList<>();
        for (String scope : scopes) {
            String[] parts = scope.split(":", -1);
            access.add(
                    "{\"type\":\"%s\",\"name\":\"%s\",\"actions\":[\"%s\"]}"
                            .formatted(parts[0], parts[1], parts[2].replace(",", "\",\"")));
        }
        String chain = Base64.getEncoder().encodeToString(certificate.getEncoded());
        String signed =
                url("{\"typ\":\"JWT\",\"alg\":\"RS256\",\"x5c\":[\"" + chain + "\"]}")
                        + "."
                        + url(
                                ("{\"iss\":\"%s\",\"sub\":\"e2e\",\"aud\":\"%s\",\"jti\":\"1\","
                                                + "\"iat\":%d,\"nbf\":%d,\"exp\":%d,\"access\":%s}")
                                        .formatted(
                                                ISSUER, SERVICE, now, now - 10, now + 300, access));
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(key);
        signature.update(signed.getBytes(StandardCharsets.UTF_8));
        return signed
                + "."
                + Base64.getUrlEncoder().withoutPadding().encodeToString(signature.sign());
    }

    private static String url(String text) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> values(String query, String name) {
        return Stream.of(query.split("&", -1))
                .filter(pair -> pair.startsWith(name + "="))
                .map(pair -> pair.substring(name.length() + 1))
                .map(value -> URLDecoder.decode(value, StandardCharsets.UTF_8))
                .toList();
    }

    private static void answer(HttpExchange exchange, int status, String json) throws IOException {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }
}
