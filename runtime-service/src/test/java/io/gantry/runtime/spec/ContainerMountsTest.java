package io.gantry.runtime.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.UnknownException;
import io.gantry.linux.mount.MountOptions;
import io.gantry.linux.spec.IdMappings;
import io.gantry.linux.spec.LinuxSpec.IdMapping;
import io.gantry.linux.spec.SpecMount;
import io.gantry.runtime.container.ContainerMount;
import io.gantry.runtime.container.ImageSpec;
import io.gantry.runtime.container.MountPropagation;
import io.gantry.runtime.pod.PodOwner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ContainerMountsTest {

    private static final List<IdMapping> UIDS = List.of(new IdMapping(0, 100_000, 10));
    private static final List<IdMapping> GIDS = List.of(new IdMapping(0, 200_000, 10));

    private final TestNode node = new TestNode();
    private ImageVolumes images = ImageVolumes.NONE;
    private PodUsers users = PodUsers.NONE;
    private PodOwner owner = PodOwner.GANTRY;

    private static final SandboxView SANDBOX =
            new SandboxView(
                    Path.of("/s/hostname"),
                    Path.of("/s/hosts"),
                    Path.of("/s/resolv.conf"),
                    Path.of("/s/shm"));

    private List<SpecMount> mounts(ContainerMount... volumes) throws IOException {
        return new ContainerMounts(node, images, users, owner, "")
                .of(DefaultMounts.of(SANDBOX, false, false), List.of(volumes));
    }

    private List<String> destinations(ContainerMount... volumes) throws IOException {
        return mounts(volumes).stream().map(SpecMount::destination).toList();
    }

    private SpecMount volume(ContainerMount volume) throws IOException {
        return new ContainerMounts(node, images, users, owner, "")
                .of(List.of(), List.of(volume))
                .getFirst();
    }

    private static ContainerMount mount(
            MountPropagation propagation, boolean readonly, boolean recursive, String... options) {
        return new ContainerMount(
                "/data",
                "/srv",
                readonly,
                recursive,
                false,
                propagation,
                List.of(),
                List.of(),
                null,
                "",
                List.of(options));
    }

    @Test
    void defaultsHaveParentsBeforeChildren() throws IOException {
        assertThat(destinations())
                .containsExactly(
                        "/proc",
                        "/dev",
                        "/sys",
                        "/dev/pts",
                        "/dev/mqueue",
                        "/dev/shm",
                        "/etc/hostname",
                        "/etc/hosts",
                        "/etc/resolv.conf",
                        "/sys/fs/cgroup");
    }

    @Test
    void volumesAreSortedIntoTheDefaults() throws IOException {
        assertThat(
                        destinations(
                                ContainerMount.bind("/a", "/data/deep/er", false),
                                ContainerMount.bind("/b", "data/", false)))
                .containsSubsequence(
                        "/proc", "/data", "/dev/pts", "/sys/fs/cgroup", "/data/deep/er");
    }

    @Test
    void volumeTakesThePlaceOfADefault() throws IOException {
        List<SpecMount> mounts = mounts(ContainerMount.bind("/my/hosts", "/etc/hosts", true));

        assertThat(mounts.stream().filter(mount -> mount.destination().equals("/etc/hosts")))
                .containsExactly(
                        new SpecMount(
                                "/etc/hosts",
                                "bind",
                                "/my/hosts",
                                List.of("rbind", "rprivate", "ro")));
    }

    @Test
    void volumeAtDevReplacesWhatIsBelow() throws IOException {
        assertThat(destinations(ContainerMount.bind("/dev", "/dev", false)))
                .contains("/dev")
                .doesNotContain("/dev/pts", "/dev/shm", "/dev/mqueue");
    }

    @Test
    void aSourceOfTheCriIsMadeWhereNothingIsAndWhatCannotBeIsNamed() throws IOException {
        volume(ContainerMount.bind("/missing", "/data", false));
        assertThat(node.made).isEmpty();
        owner = PodOwner.CRI;
        volume(ContainerMount.bind("/missing", "/data", false));
        assertThat(node.made).containsExactly(Path.of("/missing"));
        assertThatThrownBy(() -> volume(ContainerMount.bind("/refused/x", "/data", false)))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessage(
                        "volume /data: host_path /refused/x is not there, and cannot be made as a"
                                + " directory: no room");
    }

    @Test
    void linkOnTheHostIsFollowedAndAMissingSourceStays() throws IOException {
        node.links.put(Path.of("/srv"), Path.of("/mnt/real"));

        assertThat(volume(mount(MountPropagation.PRIVATE, false, false)).source())
                .isEqualTo("/mnt/real");
        assertThat(volume(ContainerMount.bind("/missing", "/data", false)).source())
                .isEqualTo("/missing");
    }

    @Test
    void propagationNeedsAMountThatHasIt() throws IOException {
        ContainerMount both = mount(MountPropagation.BIDIRECTIONAL, false, false);
        ContainerMount inward = mount(MountPropagation.HOST_TO_CONTAINER, false, false);

        assertThatThrownBy(() -> volume(both))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("path /srv is mounted on /, which is not a shared mount");
        assertThatThrownBy(() -> volume(inward))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("path /srv is mounted on /, which is not a shared or slave mount");

        node.propagation = Node.Propagation.SLAVE;
        assertThatThrownBy(() -> volume(both)).isInstanceOf(InvalidArgumentException.class);
        assertThat(volume(inward).options()).containsExactly("rbind", "rslave", "rw");

        node.propagation = Node.Propagation.SHARED;
        assertThat(volume(both).options()).containsExactly("rbind", "rshared", "rw");
        assertThat(volume(inward).options()).containsExactly("rbind", "rslave", "rw");
    }

    @Test
    void rootPassesOnWhatTheWidestVolumeNeeds() {
        ContainerMount none = mount(MountPropagation.PRIVATE, false, false);
        ContainerMount inward = mount(MountPropagation.HOST_TO_CONTAINER, false, false);
        ContainerMount both = mount(MountPropagation.BIDIRECTIONAL, false, false);

        assertThat(ContainerMounts.rootPropagation(List.of(none))).isEmpty();
        assertThat(ContainerMounts.rootPropagation(List.of(none, inward))).isEqualTo("slave");
        assertThat(ContainerMounts.rootPropagation(List.of(inward, both))).isEqualTo("shared");
    }

    @Test
    void recursiveReadonlyNeedsReadonlyPrivateAndTheKernel() throws IOException {
        assertThat(volume(mount(MountPropagation.PRIVATE, true, true)).options())
                .containsExactly("rbind", "rprivate", "rro");
        assertThatThrownBy(() -> volume(mount(MountPropagation.PRIVATE, false, true)))
                .isInstanceOf(InvalidArgumentException.class);
        node.propagation = Node.Propagation.SHARED;
        assertThatThrownBy(() -> volume(mount(MountPropagation.BIDIRECTIONAL, true, true)))
                .isInstanceOf(InvalidArgumentException.class);

        node.recursiveReadonly = false;
        assertThatThrownBy(() -> volume(mount(MountPropagation.PRIVATE, true, true)))
                .isInstanceOf(UnknownException.class)
                .hasMessageStartingWith("RROUnsupported");
    }

    @Test
    void mountOptionsAreThoseOfABind() throws IOException {
        assertThat(
                        volume(mount(MountPropagation.PRIVATE, true, false, "noexec", "nodev"))
                                .options())
                .containsExactly("rbind", "rprivate", "ro", "noexec", "nodev");
        assertThatThrownBy(
                        () -> volume(mount(MountPropagation.PRIVATE, true, false, "lowerdir=/x")))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("lowerdir=/x");
    }

    private static ContainerMount imageVolume(
            MountPropagation propagation, boolean recursive, String... options) {
        return new ContainerMount(
                "/mnt/model/",
                "",
                true,
                recursive,
                false,
                propagation,
                List.of(),
                List.of(),
                ImageSpec.of("model").found("sha256:1"),
                "",
                List.of(options));
    }

    private SpecMount shown(ContainerMount volume) throws IOException {
        SpecMount overlay =
                new SpecMount("/", "overlay", "overlay", List.of("lowerdir=/a:/b", "ro"));
        images = new ImageVolumes(Map.of(volume, overlay), Map.of());
        return volume(volume);
    }

    @Test
    void imageVolumeIsMountedAsTheImageStoreSays() throws IOException {
        assertThat(shown(imageVolume(MountPropagation.PRIVATE, false, "nosuid")))
                .isEqualTo(
                        new SpecMount(
                                "/mnt/model",
                                "overlay",
                                "overlay",
                                List.of("lowerdir=/a:/b", "ro", "nodev", "nosuid")));
        assertThat(shown(imageVolume(MountPropagation.PRIVATE, true)).options()).contains("rro");
    }

    @Test
    void imageVolumeExchangesNoMounts() {
        assertThatThrownBy(() -> shown(imageVolume(MountPropagation.HOST_TO_CONTAINER, false)))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage(
                        "volume /mnt/model/: an image exchanges no mounts: its propagation must be"
                                + " private");
    }

    @Test
    void declaredVolumesAreDirectoriesOfTheHost() throws IOException {
        images = new ImageVolumes(Map.of(), Map.of("/data", Path.of("/lib/v/1")));
        assertThat(mounts())
                .contains(
                        new SpecMount(
                                "/data", "bind", "/lib/v/1", List.of("rbind", "rprivate", "rw")));
    }

    @Test
    void volumeNeedsBothPathsAndNotTheRoot() {
        assertThatThrownBy(() -> volume(ContainerMount.bind("", "/data", false)))
                .isInstanceOf(InvalidArgumentException.class);
        assertThatThrownBy(() -> volume(ContainerMount.bind("/srv", "", false)))
                .isInstanceOf(InvalidArgumentException.class);
        assertThatThrownBy(() -> volume(ContainerMount.bind("/srv", "/x/..", false)))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("volume /srv cannot be mounted on / of the container");
    }

    @Test
    void sourceThatDependsOnWhereTheDaemonRunsIsRefused() {
        assertThatThrownBy(() -> volume(ContainerMount.bind("srv/data", "/data", false)))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("volume /data: host_path \"srv/data\" is not an absolute path");
        assertThatThrownBy(() -> volume(ContainerMount.bind("/srv\0/x", "/data", false)))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("volume /data: host_path \"/srv\\0/x\" holds a NUL");
    }

    private static ContainerMount mapped(List<IdMapping> uids, List<IdMapping> gids) {
        return new ContainerMount(
                "/data",
                "/",
                false,
                false,
                false,
                MountPropagation.PRIVATE,
                uids,
                gids,
                null,
                "",
                List.of());
    }

    @Test
    void idsOfAVolumeAreMappedAsFarAsItsFileSystemsCan() throws IOException {
        users = new PodUsers(Path.of("/s/ns/user"), new IdMappings(UIDS, GIDS));
        assertThat(volume(mapped(UIDS, GIDS)).options())
                .containsExactly("rbind", "rprivate", "rw", "ridmap");
        node.idMapping = MountOptions.IdMapping.ONE;
        assertThat(volume(mapped(UIDS, GIDS)).options())
                .containsExactly("rbind", "rprivate", "rw", "idmap");
        assertThat(volume(mapped(List.of(), List.of())).options())
                .containsExactly("rbind", "rprivate", "rw");
        node.idMapping = MountOptions.IdMapping.NONE;
        assertThatThrownBy(() -> volume(mapped(UIDS, GIDS)))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessage(
                        "volume /data: ids cannot be mapped on /: its file system ext4, mounted on"
                                + " /, cannot do that on this kernel");
    }

    @Test
    void idsOfAVolumeAreMappedAsThoseOfItsPodOrNotAtAll() {
        assertThatThrownBy(() -> volume(mapped(UIDS, GIDS)))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("volume /data has id mappings, but its pod has no user namespace");
        users = new PodUsers(Path.of("/s/ns/user"), new IdMappings(UIDS, GIDS));
        assertThatThrownBy(() -> volume(mapped(UIDS, List.of())))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage(
                        "volume /data: its id mappings are not those of the pod's user namespace");
    }

    @Test
    void mountsAreNotPassedOutOfAUserNamespace() throws IOException {
        node.propagation = Node.Propagation.SHARED;
        users = new PodUsers(Path.of("/s/ns/user"), new IdMappings(UIDS, GIDS));
        assertThat(volume(mount(MountPropagation.HOST_TO_CONTAINER, false, false)).options())
                .contains("rslave");
        assertThatThrownBy(() -> volume(mount(MountPropagation.BIDIRECTIONAL, false, false)))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("cannot pass mounts to the host");
    }

    @Test
    void volumesThatTheImageDeclaresHaveItsIds() throws IOException {
        users = new PodUsers(Path.of("/s/ns/user"), new IdMappings(UIDS, GIDS));
        images = new ImageVolumes(Map.of(), Map.of("/declared", Path.of("/v/1")));
        assertThat(new ContainerMounts(node, images, users, owner, "").of(List.of(), List.of()))
                .containsExactly(
                        new SpecMount(
                                "/declared",
                                "bind",
                                "/v/1",
                                List.of("rbind", "rprivate", "rw", "idmap")));
    }
}
