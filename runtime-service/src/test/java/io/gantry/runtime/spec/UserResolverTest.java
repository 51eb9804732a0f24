package io.gantry.runtime.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.runtime.container.CapabilityChanges;
import io.gantry.runtime.container.ContainerSecurity;
import io.gantry.runtime.pod.SelinuxOptions;
import io.gantry.runtime.pod.SupplementalGroupsPolicy;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class UserResolverTest {

    private static final Accounts ACCOUNTS =
            Accounts.parse(
                    """
                    root:x:0:0:root:/root:/bin/sh
                    +nis
                    web:x:1000:1001::/srv/web:/bin/sh
                    bad:x:minus:1::/:/bin/sh
                    homeless:x:1002:1002::
                    short:x:1003:1003
                    uid only:x:1004
                    """,
                    """
                    root:x:0:
                    web:x:1001:
                    log:x:50000:nobody,web
                    tty:x:5:web, root
                    broken
                    bare:x:60
                    bad:x:none:web
                    unnumbered:x
                    """);

    private static UserResolver.Resolved resolve(String text) {
        return new UserResolver(ACCOUNTS).resolve(text, List.of(), SupplementalGroupsPolicy.MERGE);
    }

    private static ContainerSecurity security(
            @Nullable Long uid, @Nullable Long gid, String name, SupplementalGroupsPolicy policy) {
        return new ContainerSecurity(
                CapabilityChanges.none(),
                false,
                null,
                SelinuxOptions.none(),
                uid,
                gid,
                name,
                false,
                List.of(1234L, 5L),
                policy,
                false,
                List.of(),
                List.of(),
                null,
                null);
    }

    @ParameterizedTest
    @CsvSource({
        "'', 0, 0, /root",
        "root, 0, 0, /root",
        "web, 1000, 1001, /srv/web",
        "1000, 1000, 1001, /srv/web",
        "1000:7, 1000, 7, /srv/web",
        "web:log, 1000, 50000, /srv/web",
        "77, 77, 0, /",
        "77:88, 77, 88, /",
        "77:log, 77, 50000, /",
        "homeless, 1002, 1002, /",
        "short, 1003, 1003, /",
        "web:bare, 1000, 60, /srv/web",
        ":7, 0, 7, /root"
    })
    void nameAndNumberAreResolvedByTheImage(String text, long uid, long gid, String home) {
        UserResolver.Resolved user = resolve(text);

        assertThat(List.of(user.uid(), user.gid())).containsExactly(uid, gid);
        assertThat(user.home()).isEqualTo(home);
    }

    @ParameterizedTest
    @CsvSource({
        "nobody, user \"nobody\" is not in the image's /etc/passwd",
        "bad, user \"bad\" is not in the image's /etc/passwd",
        "uid only, user \"uid only\" is not in the image's /etc/passwd",
        "web:bad, group \"bad\" is not in the image's /etc/group",
        "web:unnumbered, group \"unnumbered\" is not in the image's /etc/group",
        "web:staff, group \"staff\" is not in the image's /etc/group",
        "4294967295, user id 4294967295 is out of range",
        "0:4294967295, group id 4294967295 is out of range"
    })
    void unknownNameIsRefused(String text, String message) {
        assertThatThrownBy(() -> resolve(text))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void mergeAddsTheGroupsOfTheImageToThoseThatAreListed() {
        UserResolver.Resolved user =
                new UserResolver(ACCOUNTS)
                        .resolve(security(1000L, null, "", SupplementalGroupsPolicy.MERGE), "");

        assertThat(user.groups()).containsExactly(1001L, 50000L, 5L, 1234L);
    }

    @Test
    void strictTakesThoseThatAreListedOnly() {
        UserResolver.Resolved user =
                new UserResolver(ACCOUNTS)
                        .resolve(security(1000L, null, "", SupplementalGroupsPolicy.STRICT), "");

        assertThat(user.groups()).containsExactly(1001L, 1234L, 5L);
    }

    @Test
    void clientComesBeforeTheImage() {
        UserResolver resolver = new UserResolver(ACCOUNTS);
        SupplementalGroupsPolicy policy = SupplementalGroupsPolicy.STRICT;

        assertThat(resolver.resolve(security(7L, null, "web", policy), "web").uid()).isEqualTo(7);
        assertThat(resolver.resolve(security(null, null, "web", policy), "root").uid())
                .isEqualTo(1000);
        assertThat(resolver.resolve(security(null, null, "", policy), "web").uid()).isEqualTo(1000);
        assertThat(resolver.resolve(security(null, 9L, "web", policy), "root").gid()).isEqualTo(9);
        assertThat(resolver.resolve(security(7L, 9L, "", policy), "web:log").gid()).isEqualTo(9);
    }

    @Test
    void groupWithoutUserIsRefused() {
        assertThatThrownBy(
                        () ->
                                new UserResolver(ACCOUNTS)
                                        .resolve(
                                                security(
                                                        null,
                                                        9L,
                                                        "",
                                                        SupplementalGroupsPolicy.MERGE),
                                                "web"))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("run_as_group 9 is set without run_as_user");
    }
}
