package io.gantry.image.registry;

import io.gantry.image.content.Descriptor;

/**
 * What a reference names now.
 *
 * @param descriptor of the manifest or index
 * @param host the host that answered, for logs and messages
 */
public record ResolvedManifest(Descriptor descriptor, String host) {}
