/**
 * What happens to pods and containers, told to any number of subscribers. Who derives events from
 * changes of records is in {@code runtime.service}.
 */
@NullMarked
package io.gantry.runtime.events;

import org.jspecify.annotations.NullMarked;
