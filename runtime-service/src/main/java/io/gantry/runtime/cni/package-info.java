/**
 * The container network interface: finds the network configuration of the node, runs its plugins to
 * connect a pod and to disconnect it, and remembers on disk what it must undo (CNI specification
 * 1.0, https://www.cni.dev/docs/spec/).
 */
@NullMarked
package io.gantry.runtime.cni;

import org.jspecify.annotations.NullMarked;
