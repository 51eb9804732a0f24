package io.gantry.image.service;

import java.io.IOException;

/** Makes one layer of several that are made at once. Thread-safe. */
@FunctionalInterface
interface LayerMaker {

    /**
     * Makes a layer unless it is here.
     *
     * @param below to be waited for before it is committed
     */
    void make(LayerPlan plan, LayerUnpacker.Order order, LayerUnpacker.Below below)
            throws IOException;
}
