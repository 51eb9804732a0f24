package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.ImageLayout;
import io.gantry.e2e.harness.ImageLayout.Packing;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.e2e.harness.Tar;
import io.gantry.e2e.harness.TestImages;
import io.gantry.proto.cri.FilesystemUsage;
import io.gantry.proto.cri.Image;
import io.gantry.proto.cri.ImageFsInfoRequest;
import io.grpc.Status;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ImagesE2eIT {

    @RegisterExtension static final Node NODE = Node.shared();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    @BeforeEach
    void startWithoutImages() {
        NODE.cri().imageList().forEach(image -> NODE.cri().removeImage(image.getId()));
    }

    @ParameterizedTest
    @EnumSource(Packing.class)
    void anImageOfEveryPackingIsPulledAndRuns(Packing packing) {
        ImageLayout layout = NODE.bed().images().busybox(packing);
        String reference =
                NODE.bed()
                        .registry()
                        .push(layout, "e2e/packed:" + packing.name().toLowerCase(Locale.ROOT));
        String id = NODE.cri().pull(reference);
        String container =
                NODE.run(
                        NODE.pod("packed").build(),
                        Requests.script("c", reference, "sleep 1000").build());
        assertThat(NODE.cri().shell(container, "cat /etc/motd")).isEqualTo("made by hand\n");
        assertThat(NODE.cri().status(container).getImageId()).isEqualTo(id);
    }

    @Test
    void whiteoutsOpaqueDirectoriesAndHardLinksAreRightInAContainer() {
        NODE.cri().pull(NODE.image());
        String container = NODE.idle("layers");
        assertThat(NODE.cri().shell(container, "ls -a /data").split("\n"))
                .containsExactly(".", "..", "kept", "one", "opaque", "three", "two");
        assertThat(NODE.cri().shell(container, "ls -a /data/opaque").split("\n"))
                .containsExactly(".", "..", "new");
        assertThat(NODE.cri().shell(container, "stat -c '%h %i' /data/one /data/two /data/three"))
                .satisfies(
                        text ->
                                assertThat(text.lines().distinct())
                                        .hasSize(1)
                                        .first()
                                        .asString()
                                        .startsWith("3 "));
        assertThat(NODE.cri().shell(container, "cat /data/kept /data/opaque/new /data/three"))
                .isEqualTo("base\nmiddle\nlinked\n");
    }

    @Test
    void whatAContainerWritesIsSeenByNoOther() {
        NODE.cri().pull(NODE.image());
        String one = NODE.idle("writes");
        String other = NODE.idle("reads");
        NODE.cri().shell(one, "echo mine > /data/kept; rm /data/two; mkdir /new");
        assertThat(NODE.cri().shell(other, "cat /data/kept; ls /data /"))
                .contains("base", "two")
                .doesNotContain("mine", "\nnew\n");
        assertThat(NODE.cri().shell(one, "cat /data/kept; ls /data"))
                .contains("mine")
                .doesNotContain("two");
    }

    @Test
    void anImageIsTheSameByTagDigestIdAndPrefix() {
        String id = NODE.cri().pull(NODE.image());
        Image image = NODE.cri().imageStatus(NODE.image()).orElseThrow();
        assertThat(image.getId()).isEqualTo(id).matches("sha256:[0-9a-f]{64}");
        assertThat(image.getRepoTagsList()).containsExactly(NODE.image());
        assertThat(image.getRepoDigestsList())
                .singleElement()
                .asString()
                .startsWith(NODE.bed().registry().reference("e2e/busybox@sha256:"));
        assertThat(image.getSize()).isPositive();
        String digest = image.getRepoDigests(0);
        for (String name : List.of(digest, id, id.substring(7), id.substring(7, 20))) {
            assertThat(NODE.cri().imageStatus(name)).as(name).contains(image);
        }
        assertThat(NODE.cri().imageList()).containsExactly(image);
    }

    @Test
    void anImageCanBePulledByItsDigest() {
        String tagged = NODE.cri().pull(NODE.image());
        String digest = NODE.cri().imageStatus(NODE.image()).orElseThrow().getRepoDigests(0);
        NODE.cri().removeImage(tagged);
        assertThat(NODE.cri().imageList()).isEmpty();

        assertThat(NODE.cri().pull(digest)).isEqualTo(tagged);
        Image image = NODE.cri().imageStatus(digest).orElseThrow();
        assertThat(image.getRepoTagsList()).isEmpty();
        assertThat(image.getRepoDigestsList()).containsExactly(digest);
    }

    @Test
    void removingAnImageByOneNameRemovesItWithAllItsNames() {
        String id = NODE.cri().pull(NODE.image());
        String second =
                NODE.bed()
                        .registry()
                        .push(
                                NODE.bed()
                                        .images()
                                        .busybox("busybox-again", TestImages.configuration()),
                                "e2e/other:2");
        assertThat(NODE.cri().pull(second)).isEqualTo(id);
        assertThat(NODE.cri().imageStatus(id).orElseThrow().getRepoTagsList())
                .containsExactlyInAnyOrder(NODE.image(), second);
        NODE.cri().removeImage(second);
        assertThat(NODE.cri().imageList()).isEmpty();
        assertThat(NODE.cri().imageStatus(NODE.image())).isEmpty();
        NODE.cri().removeImage(second);
    }

    @Test
    void aRemovedImageDoesNotBreakAContainerThatRuns() {
        NODE.cri().pull(NODE.image());
        String container = NODE.idle("bereft");
        NODE.cri().removeImage(NODE.image());
        assertThat(NODE.cri().imageStatus(NODE.image())).isEmpty();
        assertThat(NODE.cri().shell(container, "cat /etc/motd")).isEqualTo("made by hand\n");
    }

    @Test
    void theUserOfAnImageIsTold() {
        NODE.cri().pull(NODE.bed().defaults());
        Image image = NODE.cri().imageStatus(NODE.bed().defaults()).orElseThrow();
        assertThat(image.getUsername()).isEqualTo("app");
        assertThat(image.hasUid()).isFalse();
    }

    @Test
    void anUnknownImageHasNoStatusAndCannotBePulled() {
        String absent = NODE.bed().registry().reference("e2e/absent:1");
        assertThat(NODE.cri().imageStatus(absent)).isEmpty();
        assertThatThrownBy(() -> NODE.cri().pull(absent))
                .satisfies(e -> Failures.is(e, Status.Code.NOT_FOUND, absent));
        assertThatThrownBy(() -> NODE.cri().pull("No:Such//Reference"))
                .satisfies(e -> Failures.is(e, Status.Code.INVALID_ARGUMENT, "No:Such//Reference"));
        NODE.cri().removeImage(absent);
    }

    @Test
    void aBlobThatDiffersFromItsDigestIsRefusedAndLeavesNothing() throws Exception {
        byte[] plain = new Tar().file("spoilt/file", "right").bytes();
        ImageLayout layout =
                NODE.bed()
                        .images()
                        .hostile(
                                "spoilt",
                                ImageLayout.gzip(plain),
                                Packing.GZIP,
                                ImageLayout.digest(plain));
        String reference = NODE.bed().registry().push(layout, "e2e/spoilt:1");
        String digest = ImageLayout.digest(ImageLayout.gzip(plain));
        Path blob = NODE.bed().registry().blob(digest);
        byte[] spoilt = Files.readAllBytes(blob);
        // A byte of the header's time, which no decoder minds.
        spoilt[4] ^= 1;
        Files.write(blob, spoilt);
        assertThatThrownBy(() -> NODE.cri().pull(reference))
                .satisfies(e -> Failures.is(e, Status.Code.DATA_LOSS, digest));
        assertThat(NODE.cri().imageStatus(reference)).isEmpty();
        assertThat(NODE.cri().imageList()).isEmpty();
        HostileLayersE2eIT.assertNoHalfImage(NODE);
    }

    @Test
    void aLayerThatUnpacksToSomethingElseThanTheConfigurationSaysIsRefused() {
        byte[] plain = new Tar().file("other/file", "text").bytes();
        String claimed = ImageLayout.digest("another".getBytes(StandardCharsets.UTF_8));
        ImageLayout layout = NODE.bed().images().hostile("diffid", plain, Packing.PLAIN, claimed);
        String reference = NODE.bed().registry().push(layout, "e2e/diffid:1");
        assertThatThrownBy(() -> NODE.cri().pull(reference))
                .satisfies(
                        e ->
                                Failures.is(
                                        e,
                                        Status.Code.DATA_LOSS,
                                        claimed,
                                        ImageLayout.digest(plain)));
        HostileLayersE2eIT.assertNoHalfImage(NODE);
    }

    @Test
    void theFileSystemOfImagesIsToldWithItsUse() {
        long before = usage().getUsedBytes().getValue();
        NODE.cri().pull(NODE.image());
        FilesystemUsage after = usage();
        assertThat(Path.of(after.getFsId().getMountpoint())).isDirectory();
        assertThat(after.getUsedBytes().getValue()).isGreaterThan(before);
        assertThat(after.getInodesUsed().getValue()).isPositive();
        NODE.cri().removeImage(NODE.image());
        assertThat(usage().getUsedBytes().getValue()).isEqualTo(before);
    }

    private static FilesystemUsage usage() {
        return NODE.cri()
                .images()
                .imageFsInfo(ImageFsInfoRequest.getDefaultInstance())
                .getImageFilesystems(0);
    }
}
