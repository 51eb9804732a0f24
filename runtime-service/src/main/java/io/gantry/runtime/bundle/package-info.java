/**
 * What a container is made from, as files: the ports through which images become root file systems,
 * and the layout of the directories of sandboxes and containers.
 */
@NullMarked
package io.gantry.runtime.bundle;

import org.jspecify.annotations.NullMarked;
