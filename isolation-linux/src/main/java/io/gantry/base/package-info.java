/** The few types that every module shares; depends on the JDK only. */
@NullMarked
package io.gantry.base;

import org.jspecify.annotations.NullMarked;
