/**
 * What survives the daemon: records as JSON in SQLite, written before they are published in memory,
 * from where everybody reads. The only package that knows SQL.
 */
@NullMarked
package io.gantry.runtime.store;

import org.jspecify.annotations.NullMarked;
