/**
 * What is attested of built images: {@link io.gantry.image.build.attest.Statement} in the manner of
 * in-toto, about packages ({@link io.gantry.image.build.attest.PackageList}) or how an image was
 * made. Pure.
 */
@NullMarked
package io.gantry.image.build.attest;

import org.jspecify.annotations.NullMarked;
