package io.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.error.NotFoundException;
import io.gantry.base.error.PermissionDeniedException;
import io.gantry.base.error.UnavailableException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoginTest {

    private static final Credentials ALICE = Credentials.basic("alice", "secret");
    private static final String ALICE_HEADER = Authorizer.basic(ALICE).orElseThrow();

    @TempDir private Path certs;
    private FakeRegistry registry;
    private FakeRegistry realmHost;
    private PullFixture client;

    @BeforeEach
    void start() throws Exception {
        registry = FakeRegistry.start();
        realmHost = FakeRegistry.start();
        client = new PullFixture(certs);
        client.serve(registry);
    }

    @AfterEach
    void stop() {
        client.close();
        registry.close();
        realmHost.close();
    }

    private String login(Credentials credentials) {
        return client.client.check(registry.name(), credentials, Deadline.never(Clock.SYSTEM));
    }

    private void wantsBasic() {
        registry.guard(
                exchange -> {
                    String shown = FakeRegistry.header(exchange, "Authorization").orElse("");
                    if (shown.equals(ALICE_HEADER)) {
                        return true;
                    }
                    exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"x\"");
                    FakeRegistry.error(exchange, 401, "UNAUTHORIZED", "who are you");
                    return false;
                });
    }

    @Test
    void aRegistryThatAsksForAPasswordTakesItOrNot() {
        wantsBasic();
        assertThat(login(ALICE)).isEmpty();
        assertThat(registry.seen())
                .extracting(s -> s.uri() + " " + s.authorization())
                .containsExactly("/v2/ ", "/v2/ " + ALICE_HEADER);
        assertThatThrownBy(() -> login(Credentials.basic("alice", "wrong")))
                .isInstanceOf(PermissionDeniedException.class)
                .hasMessage(
                        "registry "
                                + registry.name()
                                + " denied access to a login with status 401: unauthorized: who"
                                + " are you");
    }

    @Test
    void aRealmTakesThePasswordOrNot() {
        FakeRealm.protect(registry, realmHost, ALICE_HEADER);
        assertThat(login(ALICE)).isEmpty();
        assertThat(realmHost.seen().getFirst().uri())
                .isEqualTo(
                        "/token?service=fake%2C+%22quoted%22&offline_token=true&client_id=gantry");
        assertThat(registry.seen().getLast().authorization()).isEqualTo("Bearer token-1");
        assertThatThrownBy(() -> login(Credentials.basic("alice", "wrong")))
                .isInstanceOf(PermissionDeniedException.class)
                .hasMessageContaining("incorrect username or password");
    }

    @Test
    void whatTheRealmGivesOutForThePasswordIsPassedOn() {
        FakeRealm realm = FakeRealm.protect(registry, realmHost, ALICE_HEADER);
        realm.answerWith(",\"refresh_token\":\"for-alice\"");
        assertThat(login(ALICE)).isEqualTo("for-alice");
        realm.answerWith("");
        assertThat(login(new Credentials("", "", "good", "", ""))).isEmpty();
        assertThat(realm.forms().getLast())
                .isEqualTo(
                        "service=fake%2C+%22quoted%22&grant_type=refresh_token&client_id=gantry"
                                + "&access_type=offline&refresh_token=good");
    }

    /** A token of an earlier login would prove nothing. */
    @Test
    void everyLoginAsksAnew() {
        FakeRealm realm = FakeRealm.protect(registry, realmHost, ALICE_HEADER);
        login(ALICE);
        login(ALICE);
        assertThat(realm.issued()).isEqualTo(2);
    }

    @Test
    void aRegistryThatLetsAnybodyInIsNotShownThePassword() {
        assertThat(login(ALICE)).isEmpty();
        assertThat(registry.seen()).hasSize(1).allMatch(s -> s.authorization().isEmpty());
    }

    @Test
    void whatIsNoRegistryOrNotThereIsNamed() throws Exception {
        registry.fail(9, s -> true, FakeRegistry.status(404, "<html>"));
        assertThatThrownBy(() -> login(ALICE))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining(registry.name())
                .hasMessageContaining("404");
        try (FakeRegistry gone = FakeRegistry.start()) {
            client.configure(registry.name(), "server = '" + gone.url() + "'");
        }
        assertThatThrownBy(() -> login(ALICE)).isInstanceOf(UnavailableException.class);
    }

    @Test
    void mirrorsAreNotAsked() throws Exception {
        wantsBasic();
        client.configure(
                registry.name(),
                "server = '" + registry.url() + "'\n[host.'" + realmHost.url() + "']\n");
        assertThat(login(ALICE)).isEmpty();
        assertThat(realmHost.seen()).isEmpty();
    }
}
