package io.gantry.image.registry;

import io.gantry.image.content.Descriptor;

/**
 * What says that it is attached to a manifest.
 *
 * @param descriptor of a manifest or index in the same repository
 * @param artifactType what it is; empty: nobody says
 */
public record Referrer(Descriptor descriptor, String artifactType) {}
