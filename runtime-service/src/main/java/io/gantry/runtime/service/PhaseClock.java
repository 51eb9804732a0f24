package io.gantry.runtime.service;

import io.gantry.base.Clock;

/** Measures phases of starts. */
record PhaseClock(Clock clock, StartPhases phases) {

    /** A phase that has begun. */
    @FunctionalInterface
    interface Running extends AutoCloseable {
        /** It has ended. */
        @Override
        void close();
    }

    /** One begins. */
    Running begin(StartPhases.Phase phase) {
        long begin = clock.nanoTime();
        return () -> phases.took(phase, clock.nanoTime() - begin);
    }
}
