package io.gantry.cli;

import io.gantry.proto.build.Event;

/** Shows how a build goes. Used by one thread. */
interface BuildView extends AutoCloseable {

    /** Shows nothing. */
    BuildView NONE =
            new BuildView() {
                @Override
                public void contextSent(String name, int entries, long files, long bytes) {}

                @Override
                public void event(Event event) {}

                @Override
                public void close() {}
            };

    /**
     * A context is with the daemon.
     *
     * @param name empty: the build's own
     * @param files that had to be sent
     * @param bytes of these
     */
    void contextSent(String name, int entries, long files, long bytes);

    /** Something happened. */
    void event(Event event);

    /** It is over; what is shown is as it stays. */
    @Override
    void close();
}
