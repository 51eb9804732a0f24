package io.gantry.image.build.engine;

import io.gantry.image.build.api.BuildRequest.CacheOptions;
import io.gantry.image.build.dockerfile.Stage;

/** Says in which stages earlier results count. */
record BuildCacheChoice(CacheOptions options) {

    boolean uses(Stage stage) {
        boolean named =
                options.noCacheStages().stream()
                        .anyMatch(
                                it ->
                                        it.equalsIgnoreCase(stage.label())
                                                || it.equals(Integer.toString(stage.index())));
        return !options.noCache() && !named;
    }
}
