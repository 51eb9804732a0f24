/** What goes on over a streaming connection once its streams are there. */
@NullMarked
package io.gantry.cri.streaming.session;

import org.jspecify.annotations.NullMarked;
