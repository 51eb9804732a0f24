package io.gantry.cli;

import io.gantry.base.Signals;
import io.gantry.proto.build.Built;
import io.gantry.proto.build.Open;
import io.gantry.proto.image.PushRequest;
import io.gantry.proto.image.Pushed;
import io.grpc.Status;
import io.grpc.StatusException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "build",
        description = "Build an image from a Dockerfile.",
        footer = {
            "",
            "PATH is a directory, - for an archive or a Dockerfile on standard input, or the URL of"
                    + " a git repository (URL#REF:DIRECTORY), an archive or a Dockerfile, which the"
                    + " daemon fetches. What was built is in the image store, for gantry run and a"
                    + " kubelet alike."
        })
final class BuildCommand extends GantrySubcommand {

    @Mixin private final BuildOptions build = new BuildOptions();
    @Mixin private final BuildRunOptions run = new BuildRunOptions();
    @Mixin private final BuildSecrets secrets = new BuildSecrets();
    @Mixin private final BuildProgressOptions progress = new BuildProgressOptions();
    @Mixin private final BuildOutputs outputs = new BuildOutputs();

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "The Dockerfile; - is standard input. Default: PATH/Dockerfile.")
    private @Nullable String file;

    @Option(
            names = "--build-context",
            paramLabel = "NAME=SOURCE",
            description = "A further context: a directory, a URL, or docker-image://REFERENCE.")
    private List<String> contexts = List.of();

    @Parameters(index = "0", paramLabel = "PATH", description = "The files of the build.")
    private String path = "";

    BuildCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() throws StatusException, InterruptedException, IOException {
        try (BuildSource whole = BuildSource.open(path, file, named(), streams().in())) {
            BuildSource source = build.isCheck() ? whole.toCheck() : whole;
            Open.Builder open =
                    Open.newBuilder()
                            .setDockerfileName(source.dockerfileName())
                            .setDockerfile(source.dockerfile())
                            .setIgnore(source.ignore())
                            .addAllContexts(source.contexts())
                            .setRun(run.toProto())
                            .setLogins(true)
                            .setOutput(outputs.toProto());
            build.apply(open, root().environment());
            secrets.apply(open, root().environment());
            outputs.apply(open);
            build.caches().apply(open);
            return build(source, open.build());
        }
    }

    private List<BuildSource.Named> named() {
        List<BuildSource.Named> all = new ArrayList<>();
        contexts.forEach(each -> all.add(BuildSource.Named.parse(each)));
        if (!build.isCheck()) {
            all.addAll(build.caches().contexts());
        }
        return all;
    }

    private int build(BuildSource source, Open open)
            throws StatusException, InterruptedException, IOException {
        BuildSecrets.Offers offers = secrets.offers(root().environment());
        try (BuildSecrets.Offering offering = BuildSecrets.open(offers)) {
            return build(source, open, offering);
        }
    }

    private int build(BuildSource source, Open open, BuildSecrets.Offering offering)
            throws StatusException, InterruptedException, IOException {
        BuildFailure failure = new BuildFailure();
        BuildSession session =
                new BuildSession(
                        channel(),
                        new BuildSession.Sides(
                                offering,
                                root().environment(),
                                progress.view(streams()),
                                failure,
                                outputs.sink(streams()),
                                build.caches().sink()));
        Signals.handle("INT", session::leave);
        Signals.handle("TERM", session::leave);
        try {
            Built built = session.run(open, source.locals());
            return open.getCheck() ? checked(session.warnings()) : finish(built);
        } catch (StatusException e) {
            if (session.left() != 0) {
                // The client is being ended; whichever is first, this or that, has to say the same.
                return 128 + session.left();
            }
            if (e.getStatus().getCode() == Status.Code.UNAVAILABLE
                    && e.getStatus().getCause() != null) {
                throw e;
            }
            failure.print(streams().err(), e.getStatus());
            return ExitCodes.FAILED;
        }
    }

    private int checked(int warnings) {
        String found =
                warnings == 0
                        ? "no warnings found."
                        : warnings
                                + (warnings == 1 ? " warning has" : " warnings have")
                                + " been found!";
        streams().out().println("Check complete, " + found);
        return warnings == 0 ? ExitCodes.OK : ExitCodes.FAILED;
    }

    private int finish(Built built) throws StatusException, InterruptedException, IOException {
        outputs.record(built);
        if (outputs.pushes()) {
            // An index for each of several platforms, and for what is attested.
            push(built, !built.getImages(0).getDigest().equals(built.getDigest()));
        }
        if (progress.quiet() && !built.getId().isEmpty()) {
            streams().out().println(built.getId());
        }
        return ExitCodes.OK;
    }

    private void push(Built built, boolean allPlatforms)
            throws StatusException, InterruptedException {
        if (built.getNamesCount() == 0) {
            throw new UsageException("--push: the image has no name; give it one with -t");
        }
        ProgressView view =
                progress.quiet() ? ProgressView.NONE : new ProgressLines(streams().err());
        for (String name : built.getNamesList()) {
            PushRequest request =
                    PushRequest.newBuilder()
                            .setImage(name)
                            .setAllPlatforms(allPlatforms)
                            .setCredentials(
                                    new RegistryOptions().credentials(name, root().environment()))
                            .build();
            Pushed pushed = new Pushing(channel(), view, _ -> {}).push(request);
            if (!progress.quiet()) {
                streams().err().println("pushed " + name + " digest: " + pushed.getDigest());
            }
        }
        streams().flush();
    }
}
