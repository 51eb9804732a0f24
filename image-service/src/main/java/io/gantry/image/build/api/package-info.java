/**
 * What a build is asked for and what it asks of others: {@link io.gantry.image.build.api.Builder}
 * with its request, inputs, progress and result, and the ports {@link
 * io.gantry.image.build.api.StepRunner} (executes a RUN), {@link
 * io.gantry.image.build.api.BuildContext} (files that came from a client, {@link
 * io.gantry.image.build.api.ContextMoves} what layers took over of them), {@link
 * io.gantry.image.build.api.ClientOffers} (its secrets and agents) and {@link
 * io.gantry.image.build.api.BaseImages}. Values and interfaces only.
 */
@NullMarked
package io.gantry.image.build.api;

import org.jspecify.annotations.NullMarked;
