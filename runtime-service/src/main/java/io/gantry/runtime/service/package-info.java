/**
 * The verbs on pods and containers, one class each, behind three thin facades: {@link
 * io.gantry.runtime.service.PodManager}, {@link io.gantry.runtime.service.ContainerManager}, {@link
 * io.gantry.runtime.service.ExecManager}. The path to read first: RunPodSandbox, SandboxLaunch,
 * ShimLauncher; then StartContainer, ContainerProgram, Shim.
 */
@NullMarked
package io.gantry.runtime.service;

import org.jspecify.annotations.NullMarked;
