/**
 * Whether an image may come here: {@link io.gantry.image.trust.PolicyFile} says whose signatures
 * count for which names, and {@link io.gantry.image.trust.SignaturePolicy} is asked by each pull
 * before anything but documents is fetched. Understands cosign's signatures and Sigstore bundles,
 * and verifies them without asking anybody but the image's own registry.
 */
@NullMarked
package io.gantry.image.trust;

import org.jspecify.annotations.NullMarked;
