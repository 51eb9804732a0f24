package io.gantry.runtime.pod;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.gantry.base.error.FailedPreconditionException;
import org.jspecify.annotations.Nullable;

/**
 * What was last observed of a sandbox. The transitions are pure; {@link PodSandboxState} draws
 * them.
 *
 * @param network addresses while the pod is connected
 * @param networkAttached whether the pod may hold something of the network, so that it has to be
 *     disconnected
 * @param shim null before it started
 * @param reason why the sandbox is not ready; otherwise empty
 */
@JsonPropertyOrder(alphabetic = true)
public record PodSandboxStatus(
        PodSandboxState state,
        PodNetworkStatus network,
        boolean networkAttached,
        @Nullable ShimProcess shim,
        String reason) {

    /** Before anything was made. */
    public static PodSandboxStatus creating() {
        return new PodSandboxStatus(
                PodSandboxState.CREATING, PodNetworkStatus.none(), false, null, "");
    }

    /** The shim runs. */
    public PodSandboxStatus launched(ShimProcess process) {
        require(PodSandboxState.CREATING, "launched");
        return new PodSandboxStatus(state, network, networkAttached, process, reason);
    }

    /** The network is about to be asked for an address. */
    public PodSandboxStatus attaching() {
        require(PodSandboxState.CREATING, "connected");
        return new PodSandboxStatus(state, network, true, shim, reason);
    }

    /** Everything is there. */
    public PodSandboxStatus ready(PodNetworkStatus addresses) {
        require(PodSandboxState.CREATING, "made ready");
        return new PodSandboxStatus(
                PodSandboxState.READY, addresses, networkAttached, shim, reason);
    }

    /** It no longer works; the first reason stays. */
    public PodSandboxStatus notReady(String why) {
        return new PodSandboxStatus(
                PodSandboxState.NOTREADY,
                network,
                networkAttached,
                shim,
                reason.isEmpty() ? why : reason);
    }

    /** The machine was restarted: no process is left, though the network may know it still. */
    public PodSandboxStatus outlived(String why) {
        PodSandboxStatus now = state == PodSandboxState.READY ? notReady(why) : this;
        return new PodSandboxStatus(now.state, network, networkAttached, null, now.reason);
    }

    /** Nothing of it runs and its addresses are given back. */
    public PodSandboxStatus stopped() {
        return new PodSandboxStatus(
                PodSandboxState.NOTREADY, PodNetworkStatus.none(), false, null, reason);
    }

    private void require(PodSandboxState expected, String verb) {
        if (state != expected) {
            throw new FailedPreconditionException(
                    "pod sandbox cannot be " + verb + " while it is " + state);
        }
    }
}
