package io.gantry.cri.grpc;

import io.gantry.cri.build.CacheLimits;
import io.gantry.cri.build.ContextStore;
import io.gantry.image.build.api.Builder;
import java.nio.file.Path;

/**
 * What builds are served by.
 *
 * @param limits of what builds keep
 * @param agents directory of sockets behind which clients' agents are
 */
public record BuildTools(Builder builder, ContextStore contexts, Path agents, CacheLimits limits) {}
