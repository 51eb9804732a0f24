/**
 * Pod sandboxes as values: what a client asked for, what was observed of it, the state machine
 * between the two, and the port through which a pod gets its network. Whoever acts on them is in
 * {@code runtime.service}.
 */
@NullMarked
package io.gantry.runtime.pod;

import org.jspecify.annotations.NullMarked;
