/**
 * What joins builds to the rest: {@link io.gantry.cri.build.PodStepRunner} executes their commands
 * in pods ({@link io.gantry.cri.build.BuildPods}), {@link io.gantry.cri.build.ContextStore} keeps
 * the files that clients sent so that only changes need to be sent again, and {@link
 * io.gantry.cri.build.AgentSockets} makes sockets of SSH agents that are elsewhere.
 */
@NullMarked
package io.gantry.cri.build;

import org.jspecify.annotations.NullMarked;
