package io.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.PermissionDeniedException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuthenticationTest {

    private static final FakeImage IMAGE = FakeImage.ofSize(100);
    private static final Credentials ALICE = Credentials.basic("alice", "secret");
    private static final String ALICE_HEADER = Authorizer.basic(ALICE).orElseThrow();

    @TempDir private Path certs;
    private FakeRegistry registry;
    private FakeRegistry realmHost;
    private PullFixture pull;

    @BeforeEach
    void start() throws Exception {
        registry = FakeRegistry.start().with("app", "1", IMAGE);
        realmHost = FakeRegistry.start();
        pull = new PullFixture(certs);
        pull.serve(registry);
    }

    @AfterEach
    void stop() {
        pull.close();
        registry.close();
        realmHost.close();
    }

    @Test
    void anonymousPullGetsATokenAndKeepsIt() {
        FakeRealm realm = FakeRealm.protect(registry, realmHost, "");
        pullAll(Credentials.ANONYMOUS);
        pullAll(Credentials.ANONYMOUS);
        assertThat(realm.issued()).isEqualTo(1);
        assertThat(realmHost.seen().getFirst().uri())
                .isEqualTo("/token?service=fake%2C+%22quoted%22&scope=repository%3Aapp%3Apull");
        assertThat(realmHost.seen().getFirst().authorization()).isEmpty();
    }

    @Test
    void basicCredentialsGoToTheRealmAndNotToTheRegistry() {
        FakeRealm.protect(registry, realmHost, ALICE_HEADER);
        pullAll(ALICE);
        assertThat(realmHost.seen().getFirst().authorization()).isEqualTo(ALICE_HEADER);
        assertThat(registry.seen())
                .allMatch(
                        s ->
                                s.authorization().isEmpty()
                                        || s.authorization().equals("Bearer token-1"));
    }

    @Test
    void tokensAreNotSharedBetweenCredentials() {
        FakeRealm realm = FakeRealm.protect(registry, realmHost, "");
        pullAll(ALICE);
        pullAll(Credentials.ANONYMOUS);
        assertThat(realm.issued()).isEqualTo(2);
    }

    @Test
    void expiredTokenIsRenewed() {
        FakeRealm realm = FakeRealm.protect(registry, realmHost, "");
        pullAll(ALICE);
        pull.clock.advance(Duration.ofSeconds(280));
        pullAll(ALICE);
        assertThat(realm.issued()).isEqualTo(2);
    }

    @Test
    void tokenIsRenewedBeforeItRunsOutInTheMiddleOfAPull() {
        FakeRealm realm = FakeRealm.protect(registry, realmHost, "");
        Fetcher fetcher = pull.open(registry.name() + "/app:1");
        fetcher.resolve();
        pull.clock.advance(Duration.ofSeconds(280));
        int before = registry.seen().size();
        assertThat(fetcher.fetchBlob(IMAGE.configDescriptor(), 1000)).isEqualTo(IMAGE.config());
        assertThat(realm.issued()).isEqualTo(2);
        assertThat(registry.seen().stream().skip(before))
                .extracting(FakeRegistry.Seen::authorization)
                .containsExactly("Bearer token-2");
    }

    @Test
    void tokenThatCannotBeRenewedServesAsLongAsTheRegistryTakesIt() {
        FakeRealm.protect(registry, realmHost, "");
        Fetcher fetcher = pull.open(registry.name() + "/app:1");
        fetcher.resolve();
        pull.clock.advance(Duration.ofSeconds(280));
        realmHost.fail(9, s -> true, FakeRegistry.status(503, ""));
        assertThat(fetcher.fetchBlob(IMAGE.configDescriptor(), 1000)).isEqualTo(IMAGE.config());
        assertThat(fetcher.fetchBlob(IMAGE.layerDescriptor(), 1000)).isEqualTo(IMAGE.layer());
        assertThat(realmHost.seen()).hasSize(2);
    }

    @Test
    void tokenWithoutALifetimeHoldsAMinute() {
        FakeRealm realm = FakeRealm.protect(registry, realmHost, "");
        assertThat(issuedAfter(realm, "", 50)).isEqualTo(1);
        assertThat(issuedAfter(realm, "", 55)).isEqualTo(2);
        assertThat(issuedAfter(realm, ",\"expires_in\":5", 50)).isEqualTo(1);
    }

    @Test
    void tokenThatTheRealmHadForAWhileHoldsForTheRest() {
        String old = ",\"expires_in\":300,\"issued_at\":\"2025-12-31T23:56:00Z\"";
        FakeRealm realm = FakeRealm.protect(registry, realmHost, "");
        assertThat(issuedAfter(realm, old, 50)).isEqualTo(1);
        assertThat(issuedAfter(realm, old, 55)).isEqualTo(2);
    }

    @Test
    void clockOfTheRealmNeedNotBeRight() {
        String past = ",\"expires_in\":300,\"issued_at\":\"2020-01-01T00:00:00Z\"";
        String future = ",\"expires_in\":300,\"issued_at\":\"2030-01-01T00:00:00Z\"";
        FakeRealm realm = FakeRealm.protect(registry, realmHost, "");
        for (String when : List.of(past, future, ",\"expires_in\":300,\"issued_at\":\"soon\"")) {
            assertThat(issuedAfter(realm, when, 260)).isEqualTo(1);
            assertThat(issuedAfter(realm, when, 280)).isEqualTo(2);
        }
    }

    /** How many tokens two pulls have, the second so many seconds after the first. */
    private int issuedAfter(FakeRealm realm, String fields, int seconds) {
        realm.answerWith(fields);
        int before = realm.issued();
        try (PullFixture fresh = new PullFixture(certs)) {
            fresh.open(registry.name() + "/app:1").resolve();
            fresh.clock.advance(Duration.ofSeconds(seconds));
            fresh.open(registry.name() + "/app:1").resolve();
        }
        return realm.issued() - before;
    }

    @Test
    void refreshTokenOfAnAnswerStandsForThePasswordFromThenOn() {
        FakeRealm realm = FakeRealm.protect(registry, realmHost, ALICE_HEADER);
        realm.takeRefreshToken("r1");
        realm.answerWith(",\"refresh_token\":\"r1\"");
        pullAll(ALICE);
        realm.answerWith(",\"refresh_token\":\"r2\"");
        pull.clock.advance(Duration.ofSeconds(60));
        pullAll(ALICE);
        realm.takeRefreshToken("r2");
        realm.answerWith("");
        pull.clock.advance(Duration.ofSeconds(60));
        pullAll(ALICE);
        assertThat(realmHost.seen())
                .extracting(s -> s.method() + " " + s.authorization())
                .containsExactly("GET " + ALICE_HEADER, "POST ", "POST ");
        assertThat(realm.forms().get(1))
                .endsWith("grant_type=refresh_token&client_id=gantry&refresh_token=r1");
        assertThat(realm.forms().get(2)).endsWith("&refresh_token=r2");
    }

    @Test
    void refreshTokenIsNobodyElses() {
        FakeRealm realm = FakeRealm.protect(registry, realmHost, "");
        realm.answerWith(",\"refresh_token\":\"good\"");
        pullAll(ALICE);
        pullAll(Credentials.ANONYMOUS);
        assertThat(realmHost.seen())
                .extracting(s -> s.method() + " " + s.authorization())
                .containsExactly("GET " + ALICE_HEADER, "GET ");
    }

    @Test
    void refreshTokenThatIsRefusedGivesWayToThePassword() {
        FakeRealm realm = FakeRealm.protect(registry, realmHost, ALICE_HEADER);
        realm.answerWith(",\"refresh_token\":\"revoked\"");
        pullAll(ALICE);
        realm.answerWith("");
        for (int i = 0; i < 2; i++) {
            pull.clock.advance(Duration.ofSeconds(60));
            pullAll(ALICE);
        }
        assertThat(realmHost.seen())
                .extracting(FakeRegistry.Seen::method)
                .containsExactly("GET", "POST", "GET", "GET");
    }

    @Test
    void emptyTokenBesideAnAccessTokenIsNone() {
        registry.guard(requires("Bearer real", "Bearer realm=\"" + realmHost.url() + "/token\""));
        realmHost.fail(
                9,
                s -> true,
                FakeRegistry.status(200, "{\"token\":\"\",\"access_token\":\"real\"}"));
        pullAll(Credentials.ANONYMOUS);
        assertThat(realmHost.seen()).hasSize(1);
    }

    @Test
    void tokenThatIsRefusedMidwayIsRenewedOnce() {
        FakeRealm realm = FakeRealm.protect(registry, realmHost, "");
        Fetcher fetcher = pull.open(registry.name() + "/app:1");
        fetcher.resolve();
        realm.revoke();
        assertThat(fetcher.fetchBlob(IMAGE.configDescriptor(), 1000)).isEqualTo(IMAGE.config());
        assertThat(realm.issued()).isEqualTo(2);
    }

    @Test
    void registryThatRefusesEveryTokenIsNotAskedForEver() {
        FakeRealm realm = FakeRealm.protect(registry, realmHost, "");
        registry.guard(
                exchange -> {
                    exchange.getResponseHeaders()
                            .set(
                                    "WWW-Authenticate",
                                    "Bearer realm=\"" + realmHost.url() + "/token\"");
                    FakeRegistry.error(exchange, 401, "DENIED", "not for you");
                    return false;
                });
        assertThatThrownBy(() -> pullAll(Credentials.ANONYMOUS))
                .isInstanceOf(PermissionDeniedException.class)
                .hasMessage(
                        "registry "
                                + registry.name()
                                + " denied access to image "
                                + registry.name()
                                + "/app:1 with status 401: denied: not for you");
        assertThat(realm.issued()).isLessThanOrEqualTo(2);
    }

    @Test
    void wrongPasswordIsReportedInTheRealmsWords() {
        FakeRealm.protect(registry, realmHost, ALICE_HEADER);
        assertThatThrownBy(() -> pullAll(Credentials.basic("alice", "wrong")))
                .isInstanceOf(PermissionDeniedException.class)
                .hasMessage(
                        "token realm "
                                + realmHost.name()
                                + " refused a token with status 401: incorrect username or"
                                + " password")
                .hasMessageNotContaining("wrong");
    }

    @Test
    void identityTokenIsTradedByPost() {
        FakeRealm realm = FakeRealm.protect(registry, realmHost, "nobody");
        pullAll(new Credentials("", "", "good", "", ""));
        assertThat(realmHost.seen().getFirst().method()).isEqualTo("POST");
        assertThat(realm.forms().getFirst())
                .isEqualTo(
                        "service=fake%2C+%22quoted%22&scope=repository%3Aapp%3Apull"
                                + "&grant_type=refresh_token&client_id=gantry&refresh_token=good");
    }

    @Test
    void realmThatServesNoPostIsAskedByGet() {
        realmHost.fail(9, s -> s.method().equals("POST"), FakeRegistry.status(405, ""));
        String header = Authorizer.basic(Credentials.basic("", "good")).orElseThrow();
        FakeRealm.protect(registry, realmHost, header);
        pullAll(new Credentials("", "", "good", "", ""));
        assertThat(realmHost.seen())
                .extracting(FakeRegistry.Seen::method)
                .containsExactly("POST", "GET");
    }

    @Test
    void realmThatServesNoGetIsAskedByPost() {
        realmHost.fail(9, s -> s.method().equals("GET"), FakeRegistry.status(404, ""));
        FakeRealm realm = FakeRealm.protect(registry, realmHost, "");
        pullAll(ALICE);
        assertThat(realm.forms().getFirst())
                .endsWith("&grant_type=password&client_id=gantry&username=alice&password=secret");
    }

    @Test
    void nodesCredentialsServePullsThatBringNone() {
        registry.guard(requires(ALICE_HEADER, "Basic realm=\"fake\""));
        useNodes((host, repository) -> host.equals(registry.name()) ? ALICE : unknown(host));
        pullAll(Credentials.ANONYMOUS);
        assertThat(registry.seen().getFirst().authorization()).isEmpty();
        assertThatThrownBy(() -> pullAll(Credentials.basic("bob", "wrong")))
                .isInstanceOf(PermissionDeniedException.class);
    }

    @Test
    void nodesCredentialsAreNotLookedUpForWhatIsPublic() {
        useNodes((host, repository) -> unknown(host));
        pullAll(Credentials.ANONYMOUS);
    }

    @Test
    void nodesRegistryTokenIsSentOnceAskedFor() {
        registry.guard(requires("Bearer mine", "Bearer realm=\"" + realmHost.url() + "/token\""));
        useNodes((host, repository) -> new Credentials("", "", "", "mine", ""));
        pullAll(Credentials.ANONYMOUS);
        assertThat(realmHost.seen()).isEmpty();
    }

    @Test
    void registryTokenIsSentAsItIs() {
        registry.guard(requires("Bearer mine", "Bearer realm=\"" + realmHost.url() + "/token\""));
        pullAll(new Credentials("", "", "", "mine", ""));
        assertThat(realmHost.seen()).isEmpty();
        assertThat(registry.seen()).allMatch(s -> s.authorization().equals("Bearer mine"));
    }

    @Test
    void basicIsAnsweredOnceAskedAndSentFromThenOn() {
        registry.guard(requires(ALICE_HEADER, "Basic realm=\"fake\""));
        pullAll(ALICE);
        assertThat(registry.seen().getFirst().authorization()).isEmpty();
        assertThat(registry.seen().stream().skip(1))
                .allMatch(s -> s.authorization().equals(ALICE_HEADER));
    }

    @Test
    void missingCredentialsAreReportedInTheRegistrysWords() {
        registry.guard(requires(ALICE_HEADER, "Basic realm=\"fake\""));
        assertThatThrownBy(() -> pullAll(Credentials.ANONYMOUS))
                .isInstanceOf(PermissionDeniedException.class)
                .hasMessageContaining("status 401: unauthorized: authentication required");
    }

    @Test
    void secretsAreNotSentToARealmWithoutTls() {
        registry.guard(requires("x", "Bearer realm=\"http://collector.example/token\""));
        assertThatThrownBy(() -> pullAll(ALICE))
                .isInstanceOf(PermissionDeniedException.class)
                .hasMessage(
                        "registry "
                                + registry.name()
                                + " asks for credentials at http://collector.example/token,"
                                + " which is not https");
    }

    @Test
    void realmThatIsNoUrlIsRefused() {
        registry.guard(requires("x", "Bearer realm=\"file:///etc/shadow\""));
        assertThatThrownBy(() -> pullAll(ALICE))
                .isInstanceOf(PermissionDeniedException.class)
                .hasMessageContaining("names a token realm that is no URL: \"file:///etc/shadow\"");
    }

    @Test
    void tokenThatCouldSplitAHeaderIsRefused() {
        registry.guard(requires("x", "Bearer realm=\"" + realmHost.url() + "/token\""));
        realmHost.fail(9, s -> true, FakeRegistry.status(200, "{\"token\":\"a\\r\\nX-Evil: 1\"}"));
        assertThatThrownBy(() -> pullAll(ALICE))
                .isInstanceOf(PermissionDeniedException.class)
                .hasMessageContaining("answered without a usable token");
    }

    @Test
    void endlessTokenIsCutOff() {
        registry.guard(requires("x", "Bearer realm=\"" + realmHost.url() + "/token\""));
        realmHost.fail(
                9,
                s -> true,
                exchange -> {
                    exchange.sendResponseHeaders(200, 0);
                    byte[] chunk = "a".repeat(10_000).getBytes(StandardCharsets.UTF_8);
                    while (true) {
                        exchange.getResponseBody().write(chunk);
                    }
                });
        assertThatThrownBy(() -> pullAll(ALICE))
                .isInstanceOf(PermissionDeniedException.class)
                .hasMessageContaining("answered with something not JSON");
    }

    @Test
    void identityTokenDoesNotFollowARedirect() throws Exception {
        try (FakeRegistry collector = FakeRegistry.start()) {
            registry.guard(requires("x", "Bearer realm=\"" + realmHost.url() + "/token\""));
            realmHost.fail(9, s -> true, FakeRegistry.redirect(collector.url() + "/token"));
            assertThatThrownBy(() -> pullAll(new Credentials("", "", "good", "", "")))
                    .isInstanceOf(PermissionDeniedException.class)
                    .hasMessageContaining("redirects a form that holds a secret");
            assertThat(collector.seen()).isEmpty();
        }
    }

    @Test
    void redirectTargetThatAsksForCredentialsGetsNone() throws Exception {
        try (FakeRegistry cdn = FakeRegistry.start()) {
            registry.guard(requires(ALICE_HEADER, "Basic realm=\"fake\""));
            cdn.guard(requires("x", "Basic realm=\"fake\""));
            Fetcher fetcher = pull.open(registry.name() + "/app:1", ALICE);
            fetcher.resolve();
            registry.fail(
                    9, s -> s.uri().contains("/blobs/"), FakeRegistry.redirect(cdn.url() + "/x"));
            assertThatThrownBy(() -> fetcher.openBlob(IMAGE.layerDescriptor(), BlobProgress.NONE))
                    .isInstanceOf(PermissionDeniedException.class);
            assertThat(cdn.seen()).isNotEmpty().allMatch(s -> s.authorization().isEmpty());
        }
    }

    private static FakeRegistry.Guard requires(String authorization, String challenge) {
        return exchange -> {
            if (FakeRegistry.header(exchange, "Authorization").orElse("").equals(authorization)) {
                return true;
            }
            exchange.getResponseHeaders().set("WWW-Authenticate", challenge);
            FakeRegistry.error(exchange, 401, "UNAUTHORIZED", "authentication required");
            return false;
        };
    }

    private void useNodes(NodeCredentials nodes) {
        pull.close();
        pull = new PullFixture(certs, TransferLimits.DEFAULT, nodes);
    }

    private static Credentials unknown(String host) {
        throw new AssertionError("asked for " + host);
    }

    private void pullAll(Credentials credentials) {
        Fetcher fetcher = pull.open(registry.name() + "/app:1", credentials);
        fetcher.fetchManifest(fetcher.resolve().descriptor());
        fetcher.fetchBlob(IMAGE.layerDescriptor(), 1000);
    }
}
