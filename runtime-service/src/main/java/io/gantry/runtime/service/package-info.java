/**
 * The verbs on pods and containers, one class each, behind three facades: {@link
 * io.gantry.runtime.service.PodManager}, {@link io.gantry.runtime.service.ContainerManager} and
 * {@link io.gantry.runtime.service.ExecManager}; {@link io.gantry.runtime.service.RuntimeService}
 * opens them. The path to read first: RunPodSandbox, NativeSandboxLauncher, LaunchCompiler,
 * ShimLauncher; then StartContainer, NativeProcessLauncher, LaunchCompiler, Shim.
 */
@NullMarked
package io.gantry.runtime.service;

import org.jspecify.annotations.NullMarked;
