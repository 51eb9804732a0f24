/**
 * Gantry's own containers, each alone in a pod that Gantry owns: names, removal at exit, logs.
 * Built on the same managers as the CRI's; knows neither gRPC nor protobuf.
 */
@NullMarked
package io.gantry.cri.engine;

import org.jspecify.annotations.NullMarked;
