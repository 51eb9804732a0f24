/**
 * Between the wire and the domain: pure functions, one class a topic. What a request says wrongly
 * is an InvalidArgumentException that names the field; nothing is looked up and nothing is done.
 */
@NullMarked
package io.gantry.cri.translate;

import org.jspecify.annotations.NullMarked;
