/**
 * The composition root: everything is put together here by plain constructors, started in order and
 * stopped in the reverse one. The only package that knows both images and containers.
 */
@NullMarked
package io.gantry.cri.wiring;

import org.jspecify.annotations.NullMarked;
