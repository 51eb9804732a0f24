package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.ImageLayout;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.e2e.harness.Tar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Dockerfiles, contexts and base images that want something of the host. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "its many starts of the client take minutes; paths are those of others")
class HostileBuildsE2eIT {

    private static final String SECRET = "of the host, not of the build";

    /** Its own: what builds keep would count as left behind by others. */
    @RegisterExtension static final Node NODE = Node.own();

    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    @TempDir private Path context;
    private Path host;

    @BeforeEach
    void prepare() throws IOException {
        NODE.client().ok("pull", "-q", NODE.image());
        host = Files.createDirectories(NODE.home().resolve("of-the-host"));
        Files.writeString(host.resolve("secret"), SECRET);
    }

    private Command.Result build(String dockerfile) throws IOException {
        Files.writeString(
                context.resolve("Dockerfile"),
                dockerfile.replace("BASE", NODE.image()).replace("HOST", host.toString()));
        Command.Result built = NODE.client().run("build", "--no-cache", context.toString());
        assertThat(built.err()).doesNotContain(SECRET);
        return built;
    }

    @Test
    void linksOfAStageAreFollowedInsideOfItOnly() throws IOException {
        String evil = "FROM BASE AS evil\nRUN ln -s HOST/secret /file && ln -s HOST /directory\n";
        Command.Result copied = build(evil + "FROM BASE\nCOPY --from=evil /directory/secret /x\n");
        assertThat(copied.err()).endsWith("\"/directory/secret\": not found\n");
        for (String source : List.of("file", "directory")) {
            Command.Result mounted =
                    build(
                            evil
                                    + "FROM BASE\nRUN --mount=type=bind,from=evil,source=/"
                                    + source
                                    + ",target=/m cat /m /m/secret\n");
            assertThat(mounted.err()).endsWith("\"/" + source + "\": not found\n");
        }
    }

    @Test
    void targetsOfMountsAreMadeInsideTheBuildOnly() throws IOException {
        build(
                        """
                        FROM BASE AS evil
                        RUN ln -s HOST /way
                        FROM evil
                        RUN --mount=type=tmpfs,target=/way/made true
                        RUN --mount=type=secret,id=none,target=/way/stub true
                        RUN --mount=type=cache,target=/way/cache echo x > /way/cache/y
                        """)
                .orThrow();
        try (var files = Files.list(host)) {
            assertThat(files).containsExactly(host.resolve("secret"));
        }
    }

    @Test
    void anIdOfACacheIsNoPath() throws IOException {
        Command.Result built =
                build(
                        "FROM BASE\n"
                                + "RUN --mount=type=cache,id=../../../../../../../../HOST,target=/c"
                                + " ls -A /c && echo kept > /c/k && ! test -e /c/secret\n");
        built.orThrow();
        assertThat(host.resolve("k")).doesNotExist();
    }

    @Test
    void linksOfTheContextAreNotFollowedOutOfIt() throws IOException {
        Files.createSymbolicLink(context.resolve("file"), host.resolve("secret"));
        Files.createSymbolicLink(context.resolve("directory"), host);
        for (String source : List.of("file", "directory/secret")) {
            Command.Result built = build("FROM BASE\nCOPY " + source + " /x\nRUN cat /x\n");
            assertThat(built.err()).endsWith("\"/" + source + "\": not found\n");
        }
        Command.Result climbing = build("FROM BASE\nCOPY ../of-the-host/secret /x\nRUN cat /x\n");
        assertThat(climbing.err()).endsWith("\"/of-the-host/secret\": not found\n");
    }

    @Test
    void anArchiveThatIsAddedStaysInItsDirectory() throws IOException {
        Path out = host.resolve("out");
        Tar climbing = new Tar().file("../../../../../../../.." + out, "bad");
        Tar through = new Tar().symlink("way", host.toString()).file("way/out", "bad");
        for (Tar archive : List.of(climbing, through)) {
            Files.write(context.resolve("a.tar"), archive.bytes());
            Command.Result built = build("FROM BASE\nADD a.tar /here/\n");
            assertThat(built.err()).contains("failed to solve: layer a.tar: entry ");
            assertThat(out).doesNotExist();
        }
    }

    @Test
    void devicesAreCopiedAsNodesAndOpenNothing() throws IOException {
        Command.of("mknod", context.resolve("disk").toString(), "b", "7", "0").run().orThrow();
        Command.of(
                        "tar",
                        "-cf",
                        context.resolve("a.tar").toString(),
                        "-C",
                        context.toString(),
                        "disk")
                .run()
                .orThrow();
        Command.Result built =
                build(
                        """
                        FROM BASE AS evil
                        RUN mknod /made b 7 0 && ! head -c 1 /made
                        FROM BASE
                        COPY disk /copied
                        COPY --from=evil /made /taken
                        ADD a.tar /added/
                        RUN for each in /copied /taken /added/disk; do \
                                stat -c %F $each && ! head -c 1 $each || exit; done
                        RUN --mount=target=/c ! head -c 1 /c/disk
                        """);
        built.orThrow();
        assertThat(built.err().lines().filter(it -> it.endsWith(" block special file"))).hasSize(3);
    }

    @Test
    void aForkBombMeetsALimitAndIsGoneWithItsStep() throws IOException {
        Command.Result bomb = build("FROM BASE\nRUN b() { b | b & b; }; b\n");
        assertThat(bomb.code()).isEqualTo(1);
        assertThat(bomb.err()).contains("can't fork", "did not complete successfully");
        build("FROM BASE\nRUN true\n").orThrow();
    }

    /** Labels of an image describe the image; nobody who reads those of containers sees them. */
    @Test
    void labelsOfAnImageAreNotThoseOfItsContainers() {
        Map<String, Object> config =
                Map.of(
                        "Cmd",
                        List.of("sh"),
                        "Labels",
                        Map.of(
                                "io.kubernetes.pod.namespace", "kube-system",
                                "io.gantry.owner", "cri",
                                "ctl", "\u001b[2J"));
        ImageLayout image = NODE.bed().images().busybox("labelled", config);
        String reference = NODE.bed().registry().push(image, "e2e/labelled:1");
        NODE.cri().pull(reference);
        String container =
                NODE.run(
                        NODE.pod("labelled").build(),
                        Requests.script("c", reference, "sleep 1000").build());
        assertThat(NODE.cri().status(container).getLabelsMap()).isEmpty();
        assertThat(NODE.cri().status(container).getAnnotationsMap()).isEmpty();
        for (String command : List.of("ps", "images", "inspect")) {
            String shown =
                    command.equals("inspect")
                            ? NODE.client().ok("image", "inspect", reference)
                            : NODE.client()
                                    .ok(command, command.equals("ps") ? "--owner=any" : "-a");
            assertThat(shown).doesNotContain("\u001b");
        }
        NODE.cri().pods().forEach(pod -> NODE.cri().removePod(pod.getId()));
        NODE.cri().removeImage(reference);
    }
}
