package io.gantry.image.build.engine;

import io.gantry.base.Deadline;
import io.gantry.image.build.api.BuildInputs;
import io.gantry.image.build.api.BuildRequest;
import io.gantry.image.build.stage.BuildArguments;
import io.gantry.linux.syscall.FileStatus.Time;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/**
 * One build: what it was asked for and what it works with. Thread-safe.
 *
 * @param id of the build
 * @param began when it did, or the date that the request gives in its place
 * @param remotes contexts that are elsewhere, once they are fetched
 * @param materials what it has used from elsewhere
 * @param permits bound the steps that are executed at once, over all builds
 */
record BuildRun(
        String id,
        Tools tools,
        BuildRequest request,
        BuildInputs inputs,
        StepStore.Session steps,
        Vertices vertices,
        CacheMounts mounts,
        RemoteContexts remotes,
        Materials materials,
        Semaphore permits,
        Instant began,
        Deadline deadline) {

    /** For what the build makes and nothing gives a time to. */
    Time time() {
        return new Time(began.getEpochSecond(), began.getNano());
    }

    /** The same with a date, or none. */
    BuildRun dated(Optional<Instant> date) {
        return new BuildRun(
                id,
                tools,
                request.dated(date),
                inputs,
                steps,
                vertices,
                mounts,
                remotes,
                materials,
                permits,
                date.orElse(began),
                deadline);
    }

    /** Whether the result is an index, however many platforms there are. */
    boolean isForSeveral() {
        return request.platforms().size() > 1
                || new BuildArguments(request.arguments()).isOn("BUILDKIT_MULTI_PLATFORM");
    }

    /** What the request gives in place of the times at which things are done. */
    Optional<Instant> date() {
        return request.image().sourceDate();
    }

    /** What the history says of a step's time. */
    Optional<Instant> created(StepStore.Outcome outcome) {
        return date().or(() -> Optional.of(outcome.created()));
    }

    /** What keys have of the date that files get for which nothing else gives one. */
    String dating() {
        return date().map(Instant::toString).orElse("");
    }

    /** What keys have of a date that files are clamped to; empty: nothing is clamped. */
    String clamp() {
        return request.image().rewritesTimes()
                ? request.image().sourceDate().map(Instant::toString).orElse("")
                : "";
    }
}
