package io.gantry.image.build.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RemoteSourceTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "/a/b",
                ".",
                "a.git",
                "http",
                "git@",
                "user@host",
                "./http://x",
                "*.txt",
                "https:/x",
                "file:///a.git",
                "ext::sh",
                "C:\\x"
            })
    void pathsAreNoAddresses(String text) {
        assertThat(RemoteSource.parse(text)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "http://host/a/b.txt, b.txt",
        "https://host:8443/b.txt?version=1, b.txt",
        "HTTPS://host/a%20b, a b",
        "http://host/a/, ''",
        "http://host, ''",
        "http://host/..,''",
        "http://host/repository.git.tar.gz, repository.git.tar.gz",
    })
    void filesOfWebServersHaveTheNameAtTheEndOfTheirPath(String text, String name) {
        assertThat(RemoteSource.parse(text))
                .get()
                .isInstanceOfSatisfying(
                        RemoteSource.Web.class, it -> assertThat(it.name()).isEqualTo(name));
    }

    @ParameterizedTest
    @CsvSource({
        "https://host/a.git, https://host/a.git, '', ''",
        "https://host/a.git#main, https://host/a.git, main, ''",
        "https://host/a.git#main:sub/./dir/, https://host/a.git, main, sub/dir",
        "https://host/a.git#:sub, https://host/a.git, '', sub",
        "git://host/a, git://host/a, '', ''",
        "ssh://git@host:22/a#v1, ssh://git@host:22/a, v1, ''",
        "git@host:a/b.git#v1, git@host:a/b.git, v1, ''",
        "https://host/a.git?branch=x&subdir=y, https://host/a.git, refs/heads/x, y",
        "https://host/a.git?tag=v1, https://host/a.git, refs/tags/v1, ''",
        "https://host/a.git?ref=v1#v1, https://host/a.git, v1, ''",
    })
    void repositoriesHaveRefsAndDirectories(
            String text, String remote, String ref, String directory) {
        GitAddress address = git(text);
        assertThat(address.remote()).isEqualTo(remote);
        assertThat(address.ref()).isEqualTo(ref);
        assertThat(address.directory()).isEqualTo(directory);
    }

    @Test
    void whatElseIsSaidOfARepositoryIsInItsQuery() {
        GitAddress plain = git("https://host/a.git");
        assertThat(plain.commit()).isEmpty();
        assertThat(plain.keepsGit()).isEmpty();
        assertThat(plain.submodules()).isTrue();
        assertThat(plain.commitTimes()).isFalse();
        GitAddress said =
                git(
                        "https://host/a.git?commit=0123ABC&keep-git-dir=1&submodules=false"
                                + "&mtime=commit");
        assertThat(said.commit()).isEqualTo(Optional.of("0123abc"));
        assertThat(said.keepsGit()).isEqualTo(Optional.of(true));
        assertThat(said.submodules()).isFalse();
        assertThat(said.commitTimes()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "https://host/a.git#--upload-pack=x | '--upload-pack=x' is no ref",
                "https://host/a.git#a..b | 'a..b' is no ref",
                "https://host/a.git#a b | 'a b' is no ref",
                "https://host/a.git#main:../x | '../x' leads out of the repository",
                "https://host/a.git?depth=1 | unexpected query 'depth'",
                "https://host/a.git?ref=a#b | ref conflicts with 'b'",
                "https://host/a.git?tag=a&branch=b | ref, tag and branch exclude each other",
                "https://host/a.git?ref=a&ref=a | 'ref' is there twice",
                "https://host/a.git?commit=xyz | 'xyz' is no commit",
                "https://host/a.git?submodules=2 | '2' is not true or false",
                "https://host/a.git?mtime=now | mtime 'now' is not checkout or commit",
            })
    void whatCannotBeUnderstoodIsRefused(String text, String why) {
        assertThatThrownBy(() -> RemoteSource.parse(text))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("invalid git address '" + text + "': " + why);
    }

    @Test
    void passwordsAreNotShown() {
        GitAddress address = git("https://user:secret@host/a.git");
        assertThat(address.shown()).isEqualTo("https://host/a.git");
        assertThatThrownBy(() -> RemoteSource.parse("https://user:secret@host/a.git#-x"))
                .hasMessageNotContaining("secret");
    }

    private static GitAddress git(String text) {
        return ((RemoteSource.Git) RemoteSource.parse(text).orElseThrow()).address();
    }
}
