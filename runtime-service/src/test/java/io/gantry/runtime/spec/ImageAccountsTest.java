package io.gantry.runtime.spec;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ImageAccountsTest {

    private final List<String> read = new ArrayList<>();
    private String passwd = "root:x:0:0::/root:/bin/sh\nweb:x:33:33::/srv:/bin/false\n";
    private final ImageAccounts accounts = new ImageAccounts(this::read);

    private Optional<byte[]> read(String imageId, String path) {
        read.add(imageId + path);
        return path.equals("/etc/passwd")
                ? Optional.of(passwd.getBytes(StandardCharsets.UTF_8))
                : Optional.empty();
    }

    @Test
    void anImageIsReadOnce() throws Exception {
        assertThat(accounts.of("a").user("web")).map(Accounts.User::uid).contains(33L);
        assertThat(accounts.of("a")).isSameAs(accounts.of("a"));
        assertThat(read).containsExactly("a/etc/passwd", "a/etc/group");
    }

    @Test
    void imagesDoNotShareAccounts() throws Exception {
        accounts.of("a");
        passwd = "web:x:44:44::/srv:/bin/false\n";
        assertThat(accounts.of("b").user("web")).map(Accounts.User::uid).contains(44L);
        assertThat(accounts.of("a").user("web")).map(Accounts.User::uid).contains(33L);
    }

    @Test
    void theImageThatWasUsedLeastRecentlyMakesRoom() throws Exception {
        accounts.of("first");
        for (int i = 0; i < 63; i++) {
            accounts.of("other" + i);
        }
        accounts.of("first");
        accounts.of("one more");
        read.clear();
        accounts.of("first");
        assertThat(read).isEmpty();
        accounts.of("other0");
        assertThat(read).containsExactly("other0/etc/passwd", "other0/etc/group");
    }

    @Test
    void manyAccountsAreNotKept() throws Exception {
        passwd = "web:x:33:33::/srv:/bin/false\n".repeat(2000);
        accounts.of("a");
        accounts.of("a");
        assertThat(read).hasSize(4);
    }
}
