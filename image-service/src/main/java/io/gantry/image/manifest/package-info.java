/**
 * OCI image-spec 1.1 and Docker schema 2 documents as records: manifest, index, configuration, and
 * the choice of a platform. Foreign documents are read leniently but never ambiguously; they are
 * never written back, so that the raw bytes keep their digest: only documents of our own are
 * written.
 */
@NullMarked
package io.gantry.image.manifest;

import org.jspecify.annotations.NullMarked;
