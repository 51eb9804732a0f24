/**
 * The categories of failure. Each says what a caller can do about it; the gRPC edge maps each to
 * one status code, and nothing below it knows of gRPC.
 */
@NullMarked
package io.gantry.base.error;

import org.jspecify.annotations.NullMarked;
