package io.gantry.image.service;

import io.gantry.image.build.api.BuildContext;
import io.gantry.image.build.api.BuildInputs;
import io.gantry.image.build.api.ContextMoves;
import io.gantry.image.content.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;

/** A directory as it is, whose files may become those of layers. */
record MovableContext(
        Path directory,
        SortedMap<String, BuildContext.Entry> entries,
        Map<String, ContextMoves.Place> places,
        Set<String> altered)
        implements BuildContext, ContextMoves {

    /** The name of no file, which says that none is to be altered any more. */
    private static final String SEAL = "/";

    static MovableContext of(Path directory) throws IOException {
        return new MovableContext(
                directory,
                ScannedContext.of(directory).entries(),
                new ConcurrentHashMap<>(),
                ConcurrentHashMap.newKeySet());
    }

    BuildInputs inputs() {
        return BuildInputs.of(this);
    }

    /** What the end of a build does. */
    void settle() throws IOException {
        for (String each : places.keySet()) {
            Files.deleteIfExists(directory.resolve(each));
        }
    }

    @Override
    public Optional<ContextMoves> moves() {
        return Optional.of(this);
    }

    @Override
    public Optional<Place> find(String name) {
        return Optional.ofNullable(places.get(name));
    }

    @Override
    public void add(Digest layer, Map<String, String> given) {
        given.forEach((name, path) -> places.put(name, new Place(layer, path)));
        altered.removeAll(given.keySet());
    }

    @Override
    public void returned(String name) {
        places.remove(name);
        altered.remove(name);
    }

    @Override
    public synchronized boolean alter(String name, Alteration alteration) throws IOException {
        return !altered.contains(SEAL) && alteration.run() && altered.add(name);
    }

    @Override
    public synchronized Set<String> seal() {
        altered.add(SEAL);
        return Set.copyOf(altered);
    }
}
