/**
 * Opaque bytes by digest: {@link io.gantry.image.content.Digest}, {@link
 * io.gantry.image.content.Descriptor} and the {@link io.gantry.image.content.ContentStore} that
 * takes blobs in (ingest, verify, commit) and hands them out. Knows nothing of what a blob means.
 */
@NullMarked
package io.gantry.image.content;

import org.jspecify.annotations.NullMarked;
