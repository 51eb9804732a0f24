package io.gantry.e2e.bench;

import io.gantry.proto.cri.ImageSpec;
import io.gantry.proto.cri.PullImageRequest;
import io.gantry.proto.cri.RemoveImageRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Pulls of images that are not there, in wall and in processor time of the daemon. */
final class Pulls {

    private static final int QUIET_MILLIS = 200;
    private static final int MAX_QUIET_ROUNDS = 50;

    private final Map<String, List<String>> images;

    Pulls(Map<String, List<String>> images) {
        this.images = images;
    }

    /** Pulls all images of a name at once, and removes them again. */
    void pull(CriRuntime runtime, String name, String label, Samples samples) throws Exception {
        List<String> references = images.get(name);
        long pid = runtime.cri().serverPid();
        settle(pid);
        String what = "PullImage " + name + label;
        double before = Memory.cpuMillis(pid);
        samples.time(what, () -> pullAll(runtime, references));
        samples.add(what + ", processor time", Memory.cpuMillis(pid) - before);
        for (String reference : references) {
            RemoveImageRequest remove =
                    RemoveImageRequest.newBuilder().setImage(image(reference)).build();
            runtime.cri().images().removeImage(remove);
        }
    }

    static Object pull(CriRuntime runtime, String reference) {
        PullImageRequest request = PullImageRequest.newBuilder().setImage(image(reference)).build();
        return runtime.cri().images().pullImage(request);
    }

    private static Object pullAll(CriRuntime runtime, List<String> references) throws Exception {
        List<Future<Object>> pulls = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (String reference : references) {
                pulls.add(threads.submit(() -> pull(runtime, reference)));
            }
        }
        for (Future<Object> pull : pulls) {
            pull.get();
        }
        return pulls;
    }

    private static ImageSpec image(String reference) {
        return ImageSpec.newBuilder().setImage(reference).build();
    }

    /** Lets the daemon finish deleting, and the disk what another left for it to write. */
    private static void settle(long pid) throws Exception {
        new ProcessBuilder("sync").inheritIO().start().waitFor();
        for (int i = 0; i < MAX_QUIET_ROUNDS; i++) {
            double before = Memory.cpuMillis(pid);
            Thread.sleep(QUIET_MILLIS);
            if (Memory.cpuMillis(pid) - before <= QUIET_MILLIS / 20.0) {
                return;
            }
        }
    }
}
