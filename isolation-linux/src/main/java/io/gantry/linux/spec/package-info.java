/**
 * The OCI runtime specification 1.2 as records: the one description from which every process is
 * started, whoever asks for it. Pure values; field names and meanings are the specification's
 * (config.md, config-linux.md), so that an external OCI runtime can be handed the same document.
 */
@NullMarked
package io.gantry.linux.spec;

import org.jspecify.annotations.NullMarked;
