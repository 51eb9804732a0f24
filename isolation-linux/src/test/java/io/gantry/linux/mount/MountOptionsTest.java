package io.gantry.linux.mount;

import static io.gantry.linux.syscall.MountFlags.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MountOptionsTest {

    static Stream<Arguments> flags() {
        return Stream.of(
                Arguments.of("ro", MS_RDONLY, 0L),
                Arguments.of("rw", 0L, MS_RDONLY),
                Arguments.of("ro,rw", 0L, MS_RDONLY),
                Arguments.of("rw,ro", MS_RDONLY, 0L),
                Arguments.of("nosuid,nodev,noexec", MS_NOSUID | MS_NODEV | MS_NOEXEC, 0L),
                Arguments.of("suid,dev,exec", 0L, MS_NOSUID | MS_NODEV | MS_NOEXEC),
                Arguments.of("noatime,relatime", MS_RELATIME, 0L),
                Arguments.of("strictatime", MS_STRICTATIME, 0L),
                Arguments.of("nodiratime", MS_NODIRATIME, 0L),
                Arguments.of(
                        "sync,dirsync,lazytime", MS_SYNCHRONOUS | MS_DIRSYNC | MS_LAZYTIME, 0L),
                Arguments.of("defaults", 0L, 0L));
    }

    @ParameterizedTest
    @MethodSource("flags")
    void flagsAreSetAndCleared(String options, long set, long cleared) {
        MountOptions parsed = parse(options.split(",", -1));
        assertThat(parsed.flags()).isEqualTo(set);
        assertThat(parsed.cleared()).isEqualTo(cleared);
        assertThat(parsed.data()).isEmpty();
    }

    static Stream<Arguments> propagations() {
        return Stream.of(
                Arguments.of("private", MS_PRIVATE),
                Arguments.of("rprivate", MS_PRIVATE | MS_REC),
                Arguments.of("shared", MS_SHARED),
                Arguments.of("rshared", MS_SHARED | MS_REC),
                Arguments.of("slave", MS_SLAVE),
                Arguments.of("rslave", MS_SLAVE | MS_REC),
                Arguments.of("unbindable", MS_UNBINDABLE),
                Arguments.of("runbindable", MS_UNBINDABLE | MS_REC));
    }

    @ParameterizedTest
    @MethodSource("propagations")
    void propagationIsNoFlagOfTheMount(String option, long propagation) {
        MountOptions parsed = parse("rbind", option);
        assertThat(parsed.propagation()).isEqualTo(propagation);
        assertThat(parsed.flags()).isZero();
        assertThat(parsed.bind()).isTrue();
        assertThat(parsed.recursive()).isTrue();
    }

    @Test
    void bindIsNotRecursive() {
        assertThat(parse("bind").bind()).isTrue();
        assertThat(parse("bind").recursive()).isFalse();
    }

    @Test
    void recursiveAttributesAreKeptApart() {
        MountOptions parsed = parse("rro", "rnosuid", "rexec", "rnoatime");
        assertThat(parsed.flags()).isZero();
        assertThat(parsed.recursiveSet())
                .isEqualTo(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOATIME);
        assertThat(parsed.recursiveCleared()).isEqualTo(MOUNT_ATTR_NOEXEC | MOUNT_ATTR__ATIME);
        assertThat(parse("rro", "rrw").recursiveSet()).isZero();
        assertThat(parse("rrw", "rro").recursiveCleared()).isZero();
    }

    @Test
    void atimeIsClearedAsAWhole() {
        MountOptions parsed = parse("ro", "noatime", "exec");
        assertThat(parsed.attributes()).isEqualTo(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME);
        assertThat(parsed.clearedAttributes()).isEqualTo(MOUNT_ATTR_NOEXEC | MOUNT_ATTR__ATIME);
    }

    @Test
    void everythingElseIsForTheFileSystem() {
        MountOptions parsed = parse("mode=755", "ro", "size=64k", "newinstance");
        assertThat(parsed.data()).containsExactly("mode=755", "size=64k", "newinstance");
        assertThat(parsed.dataText()).isEqualTo("mode=755,size=64k,newinstance");
    }

    @Test
    void idsOfOneMountOrOfATreeAreMapped() {
        assertThat(parse("rbind", "ro").idmapping()).isEqualTo(MountOptions.IdMapping.NONE);
        assertThat(parse("rbind", "idmap").idmapping()).isEqualTo(MountOptions.IdMapping.ONE);
        assertThat(parse("rbind", "ridmap").idmapping()).isEqualTo(MountOptions.IdMapping.TREE);
    }

    @Test
    void whatIsNotSupportedIsNotPassedOver() {
        assertThatThrownBy(() -> parse("tmpcopyup"))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("mount option tmpcopyup is not supported");
    }

    private static MountOptions parse(String... options) {
        return MountOptions.parse(Arrays.asList(options));
    }

    @Test
    void bindMountOfASnapshotIsParsed() {
        MountOptions parsed = Mount.bind("/layer", true).parsedOptions();
        assertThat(parsed)
                .isEqualTo(
                        new MountOptions(
                                true,
                                false,
                                MS_RDONLY,
                                0,
                                0,
                                0,
                                0,
                                MountOptions.IdMapping.NONE,
                                List.of()));
    }
}
