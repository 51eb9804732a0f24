package io.gantry.cri.streaming.session;

import io.gantry.cri.streaming.wire.Wire;

/**
 * The connection of a session.
 *
 * @param finish ends it in the manner of its protocol once everything is sent
 */
public record Client(Wire wire, Runnable finish) {}
