package io.gantry.cri.streaming.wire;

/** What a connection is told before it is closed, so that it may tell its peer why. */
public enum Farewell {
    /** Nothing is wrong with the connection. */
    DAEMON_STOPS
}
