package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Deadline;
import io.gantry.base.Tasks;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.PermissionDeniedException;
import io.gantry.image.build.api.BuildCache;
import io.gantry.image.build.api.BuildContext;
import io.gantry.image.build.api.BuildFailedException;
import io.gantry.image.build.api.BuildInputs;
import io.gantry.image.build.api.BuildProgress;
import io.gantry.image.build.api.BuildRequest;
import io.gantry.image.build.api.BuildResult;
import io.gantry.image.build.api.ClientOffers;
import io.gantry.image.layer.Root;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Credentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Builds whose commands really run. */
@Tag("privileged")
class BuildPrivilegedIT {

    @TempDir private Path directory;
    private Building building;

    @BeforeEach
    void open() throws IOException {
        Root.required();
        building = new Building(directory);
        building.base();
    }

    @AfterEach
    void close() {
        building.close();
    }

    @Test
    void whatWasBuiltIsAnImageWithItsFilesConfigurationAndHistory() throws IOException {
        building.file("app/main", "hello\n");
        BuildResult result =
                building.build(
                        "app:1",
                        """
                        FROM base
                        ARG WHO=world
                        ENV GREETING="hello $WHO"
                        WORKDIR /srv
                        COPY app/ .
                        RUN echo "$GREETING" >> main
                        EXPOSE 80
                        CMD ["cat", "main"]
                        """);
        assertThat(result.names()).containsExactly("docker.io/library/app:1");
        assertThat(building.read("app:1", "/srv/main")).hasValue("hello\nhello world\n");
        Image image = building.store.service.images().find("app:1").orElseThrow();
        assertThat(image.config().defaults().env()).contains("GREETING=hello world");
        assertThat(image.config().defaults().cmd()).containsExactly("cat", "main");
        assertThat(image.config().defaults().workingDir()).isEqualTo("/srv");
        assertThat(image.config().history().stream().map(it -> it.createdBy()).toList())
                .endsWith(
                        "ARG WHO=world",
                        "ENV GREETING=hello world",
                        "WORKDIR /srv",
                        "COPY app/ . # buildkit",
                        "RUN |1 WHO=world /bin/sh -c echo \"$GREETING\" >> main # buildkit",
                        "EXPOSE [80/tcp]",
                        "CMD [\"cat\" \"main\"]");
        long layers = image.config().history().stream().filter(it -> !it.emptyLayer()).count();
        assertThat(layers).isEqualTo(image.layers().size()).isEqualTo(6);
        assertThat(building.store.service.names().remove("app:1", false).deleted()).isNotEmpty();
    }

    @Test
    void anUnchangedBuildExecutesNothingAndMakesTheSameLayers() throws IOException {
        building.file("a", "1");
        String file = "FROM base\nCOPY a /a\nRUN date +%N > /b\nWORKDIR /w\n";
        BuildResult first = building.build("x", file);
        int runs = building.runner.runs();
        Files.setLastModifiedTime(building.context.resolve("a"), FileTime.fromMillis(1_000));
        building.reopen();
        BuildResult second = building.build("x", file);
        assertThat(building.runner.runs()).isEqualTo(runs);
        assertThat(second.images().getFirst().layers())
                .isEqualTo(first.images().getFirst().layers());
        assertThat(building.cached())
                .containsExactly(
                        "[1/4] FROM base",
                        "[2/4] COPY a /a",
                        "[3/4] RUN date +%N > /b",
                        "[4/4] WORKDIR /w");
    }

    @Test
    void aChangedFileMakesAgainWhatFollowsIt() throws IOException {
        building.file("a", "1");
        String file = "FROM base\nRUN echo 1 > /before\nCOPY a /a\nRUN cat /a > /after\n";
        building.build("x", file);
        building.file("a", "2");
        building.build("x", file);
        assertThat(building.cached())
                .containsExactly("[1/4] FROM base", "[2/4] RUN echo 1 > /before");
        assertThat(building.read("x", "/after")).hasValue("2");
    }

    @Test
    void anArgumentCountsFromItsDeclaration() throws IOException {
        String file = "FROM base\nRUN echo 1 > /before\nARG V\nRUN echo $V > /after\n";
        building.build(Building.request("x", file, Map.of("V", "1")), building.inputs());
        building.build(Building.request("x", file, Map.of("V", "2")), building.inputs());
        assertThat(building.cached())
                .containsExactly("[1/3] FROM base", "[2/3] RUN echo 1 > /before");
        assertThat(building.read("x", "/after")).hasValue("2\n");
    }

    @Test
    void aStageThatComesToTheSameFilesLeavesWhatCopiesThemAsItWas() throws IOException {
        String file =
                """
                FROM base AS builder
                ARG V
                RUN echo $V > /log && echo same > /out
                FROM base
                COPY --from=builder /out /out
                RUN cat /out > /final
                """;
        building.build(Building.request("x", file, Map.of("V", "1")), building.inputs());
        building.build(Building.request("x", file, Map.of("V", "2")), building.inputs());
        assertThat(building.cached())
                .contains("[stage-1 2/3] COPY --from=builder /out /out")
                .contains("[stage-1 3/3] RUN cat /out > /final")
                .noneMatch(it -> it.contains("echo $V"));
    }

    @Test
    void aFailedCommandIsToldWithItsPlaceAndLeavesNothing() throws IOException {
        assertThatThrownBy(() -> building.build("x", "FROM base\nRUN echo no; exit 3\n"))
                .isInstanceOfSatisfying(
                        BuildFailedException.class,
                        e -> {
                            assertThat(e)
                                    .hasMessage(
                                            "Dockerfile:2: process \"/bin/sh -c echo no; exit 3\""
                                                    + " did not complete successfully: exit"
                                                    + " code: 3");
                            assertThat(e.excerpt()).contains("   2 | >>> RUN echo no; exit 3");
                        });
        assertThat(building.log()).contains("no\n");
        assertThat(building.store.service.images().find("x")).isEmpty();
        try (var active = Files.list(building.store.root.resolve("active"))) {
            assertThat(active).isEmpty();
        }
    }

    @Test
    void layersHaveWhiteoutsLinksAndModesButNoMountPoints() throws IOException {
        BuildResult result =
                building.build(
                        "x",
                        """
                        FROM base
                        RUN mkdir -p /d/sub && echo 1 > /d/a && echo 2 > /d/sub/b
                        RUN rm /d/a && rm -r /d/sub && mkdir /d/sub && echo 3 > /d/sub/c && \
                            ln /d/sub/c /d/sub/e && chmod 4711 /d/sub/c && chown 7:8 /d/sub
                        """);
        assertThat(building.layer(result, 4))
                .containsExactly(
                        "5 755 0:0 d/",
                        "0 0 0:0 d/.wh.a",
                        "5 755 7:8 d/sub/",
                        "0 0 0:0 d/sub/.wh..wh..opq",
                        "0 4711 0:0 d/sub/c",
                        "1 4711 0:0 d/sub/e -> d/sub/c");
        assertThat(building.read("x", "/d/sub/b")).isEmpty();
    }

    @Test
    void secretsReachTheCommandAndNothingElse() throws IOException {
        ClientOffers offers =
                new ClientOffers() {
                    @Override
                    public Optional<byte[]> secret(String id, Deadline deadline) {
                        return id.equals("token")
                                ? Optional.of("s3cr3t-value".getBytes(StandardCharsets.UTF_8))
                                : Optional.empty();
                    }

                    @Override
                    public Optional<Path> sshAgent(String id, Deadline deadline) {
                        return Optional.empty();
                    }

                    @Override
                    public Credentials login(ImageReference reference, Deadline deadline) {
                        return Credentials.ANONYMOUS;
                    }
                };
        BuildRequest request =
                Building.request(
                        "x",
                        """
                        FROM base
                        RUN --mount=type=secret,id=token --mount=type=secret,id=token,env=TOKEN \
                            wc -c < /run/secrets/token > /size && echo ${#TOKEN} >> /size
                        """,
                        Map.of());
        BuildResult result =
                building.build(request, new BuildInputs(building.context(), Map.of(), offers));
        assertThat(building.read("x", "/size")).hasValue("12\n12\n");
        assertThat(building.layer(result, 3)).containsExactly("0 644 0:0 size");
        try (var files = Files.walk(building.store.root)) {
            assertThat(files.filter(Files::isRegularFile))
                    .noneMatch(
                            file -> {
                                try {
                                    return new String(
                                                    Files.readAllBytes(file),
                                                    StandardCharsets.ISO_8859_1)
                                            .contains("s3cr3t-value");
                                } catch (IOException e) {
                                    return false;
                                }
                            });
        }
    }

    @Test
    void cachesOutliveBuildsAndBindMountsAreNotWrittenTo() throws IOException {
        building.file("src/in", "1");
        String file =
                """
                FROM base AS other
                RUN echo 9 > /nine
                FROM base
                ARG N
                RUN --mount=type=cache,target=/c --mount=type=bind,source=src,target=/s,rw \
                    --mount=type=bind,from=other,source=/nine,target=/n \
                    echo $N >> /c/log && cp /c/log /log && echo x > /s/in && cat /n >> /log
                """;
        building.build(Building.request("x", file, Map.of("N", "1")), building.inputs());
        BuildResult second =
                building.build(Building.request("x", file, Map.of("N", "2")), building.inputs());
        assertThat(building.read("x", "/log")).hasValue("1\n2\n9\n");
        assertThat(building.context.resolve("src/in")).hasContent("1");
        assertThat(building.layer(second, 3)).containsExactly("0 644 0:0 log");
        List<BuildCache.Entry> directories =
                building.builder.cache().list().stream()
                        .filter(it -> it.kind() == BuildCache.Kind.MOUNT)
                        .toList();
        assertThat(directories)
                .singleElement()
                .satisfies(
                        it -> {
                            assertThat(it.description()).isEqualTo("/c");
                            assertThat(it.bytes()).isPositive();
                            assertThat(it.inUse()).isFalse();
                        });
        BuildCache.Pruned pruned = building.builder.cache().remove(directories);
        assertThat(pruned.entries()).isEqualTo(directories);
        assertThat(pruned.freedBytes()).isGreaterThanOrEqualTo(directories.getFirst().bytes());
        assertThat(building.builder.cache().remove(directories).entries()).isEmpty();
        assertThat(building.builder.cache().list())
                .noneMatch(it -> it.kind() == BuildCache.Kind.MOUNT);
    }

    @Test
    void commandsRunAsTheUserInTheDirectoryWithTheShell() throws IOException {
        building.build(
                "x",
                """
                FROM base
                WORKDIR /home/app
                RUN chown app /home/app
                USER app
                SHELL ["/bin/sh", "-e", "-c"]
                RUN id -u > ids; id -G >> ids; pwd >> ids; echo $HOME >> ids
                RUN <<EOF
                #!/bin/sh
                echo "$0" > script
                EOF
                RUN <<A cat > doc
                text
                A
                """);
        assertThat(building.read("x", "/home/app/ids"))
                .hasValue("1000\n1001 1002\n/home/app\n/home/app\n");
        assertThat(building.read("x", "/home/app/script")).hasValue("/dev/pipes/EOF\n");
        assertThat(building.read("x", "/home/app/doc")).hasValue("text\n");
    }

    @Test
    void anInterruptedBuildEndsItsCommandAndLeavesNothing() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        BuildContext context = building.context();
        Thread thread =
                Tasks.start(
                        "build",
                        () -> {
                            try {
                                building.builder.build(
                                        Building.request(
                                                "x",
                                                "FROM base\nRUN echo on; sleep 1000\n",
                                                Map.of()),
                                        BuildInputs.of(context),
                                        event -> {
                                            if (event instanceof BuildProgress.Log) {
                                                running.countDown();
                                            }
                                        },
                                        Building.soon());
                            } catch (Throwable e) {
                                failure.complete(e);
                            }
                        });
        running.await();
        thread.interrupt();
        assertThat(failure.get()).isInstanceOf(CancelledException.class);
        try (var active = Files.list(building.store.root.resolve("active"))) {
            assertThat(active).isEmpty();
        }
    }

    @Test
    void alikeBuildsAtOnceExecuteTheirStepsOnce() throws Exception {
        String file = "FROM base\nRUN sleep 1; date +%N > /n\n";
        int runs = building.runner.runs();
        BuildContext context = building.context();
        List<CompletableFuture<BuildResult>> results =
                List.of(new CompletableFuture<>(), new CompletableFuture<>());
        for (int i = 0; i < results.size(); i++) {
            CompletableFuture<BuildResult> result = results.get(i);
            BuildRequest request = Building.request("x:" + i, file, Map.of());
            Tasks.start(
                    "build",
                    () -> {
                        try {
                            result.complete(
                                    building.builder.build(
                                            request,
                                            BuildInputs.of(context),
                                            _ -> {},
                                            Building.soon()));
                        } catch (Throwable e) {
                            result.completeExceptionally(e);
                        }
                    });
        }
        assertThat(results.get(0).get().images().getFirst().layers())
                .isEqualTo(results.get(1).get().images().getFirst().layers());
        assertThat(building.runner.runs()).isEqualTo(runs + 1);
    }

    @Test
    void prunedResultsAndRemovedImagesLeaveNothing() throws IOException {
        building.build("x", "FROM base\nRUN echo 1 > /a\n");
        building.store.service.images().remove("x");
        building.store.service.images().remove("base");
        assertThat(building.builder.cache().list()).hasSize(4);
        BuildCache.Pruned pruned =
                building.builder
                        .cache()
                        .prune(new BuildCache.PruneOrder(true, Optional.empty(), 0));
        assertThat(pruned.entries()).hasSize(4);
        assertThat(pruned.freedBytes()).isGreaterThan(1_000_000);
        assertThat(building.store.remains()).isEmpty();
    }

    @Test
    void buildsOfOneDateAreTheSameToTheByte() throws IOException {
        building.file("a", "1");
        String file = "FROM scratch\nWORKDIR /w\nCOPY a b/\nENV A=1\n";
        Map<String, String> date = Map.of("SOURCE_DATE_EPOCH", "1700000000");
        Files.setLastModifiedTime(
                building.context.resolve("a"), FileTime.fromMillis(1_600_000_000_000L));
        BuildResult first = building.build(Building.request("x", file, date), building.inputs());
        building.builder.cache().prune(new BuildCache.PruneOrder(true, Optional.empty(), 0));
        BuildResult second = building.build(Building.request("x", file, date), building.inputs());
        assertThat(building.cached()).isEmpty();
        assertThat(second.root()).isEqualTo(first.root());
    }

    @Test
    void whatWantsMoreThanTheOrdinaryIsRefused() {
        assertThatThrownBy(() -> building.build("x", "FROM base\nRUN --security=insecure true\n"))
                .isInstanceOf(PermissionDeniedException.class)
                .hasMessage("entitlement security.insecure is not allowed");
    }
}
