package io.gantry.image.build.engine;

import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.ServiceException;
import io.gantry.image.build.api.CacheFrom;
import io.gantry.image.build.api.NamedContext;
import io.gantry.image.build.engine.Vertices.Vertex;
import io.gantry.image.manifest.Platform;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Finds the caches that a build is given. */
final class CacheOrigins {

    private CacheOrigins() {}

    /** What they offer; one that is not there is told of, no more. */
    static Optional<CacheImports> open(BuildRun run) throws IOException {
        List<CacheFrom> all = run.request().cache().from();
        if (all.isEmpty()) {
            return Optional.empty();
        }
        CacheImports imports = new CacheImports(run.tools(), run.deadline());
        for (CacheFrom each : all) {
            String shown =
                    switch (each) {
                        case CacheFrom.Registry it -> it.reference().toString();
                        case CacheFrom.Directory it -> it.context();
                    };
            Vertex vertex =
                    run.vertices()
                            .start("importing cache manifest from " + shown, Optional.empty());
            try {
                vertex.log(imports.add(origin(run, each)) + " steps");
                vertex.completed();
            } catch (CancelledException | DeadlineExceededException e) {
                vertex.canceled();
                throw e;
            } catch (ServiceException e) {
                vertex.failed(String.valueOf(e.getMessage()), "");
            }
        }
        return Optional.of(imports);
    }

    private static CacheOrigin origin(BuildRun run, CacheFrom from) throws IOException {
        return switch (from) {
            case CacheFrom.Registry it -> registry(run, it);
            case CacheFrom.Directory it -> {
                if (run.inputs().named().get(it.context()) instanceof NamedContext.Files files) {
                    ContextDirectory.whole(run, files.files(), "");
                    yield new DirectoryCache(files.files());
                }
                throw new InvalidArgumentException(
                        "cache " + it.context() + " is no context of files");
            }
        };
    }

    private static CacheOrigin registry(BuildRun run, CacheFrom.Registry from) {
        List<Platform> platforms = run.request().platforms();
        return new RegistryCache(
                from.reference(),
                platforms.isEmpty() ? Platform.host() : platforms.getFirst(),
                run.tools()
                        .registries()
                        .pulls()
                        .open(
                                from.reference(),
                                run.inputs().offers().login(from.reference(), run.deadline()),
                                run.deadline()));
    }
}
