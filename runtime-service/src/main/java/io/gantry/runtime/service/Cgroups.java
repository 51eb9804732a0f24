package io.gantry.runtime.service;

import io.gantry.linux.spec.Resources;
import java.io.IOException;

/** The control groups of sandboxes and containers, by their paths below each hierarchy. */
interface Cgroups {

    /** Makes a group with its parents and limits; one that is there is no error. */
    void create(String path, Resources limits) throws IOException;

    /** Changes limits. */
    void update(String path, Resources limits) throws IOException;

    /** Sends SIGKILL to every process in it and below; one that is not there is no error. */
    void kill(String path) throws IOException;

    /** How many of its processes the kernel killed for want of memory; 0 when it is gone. */
    long oomKills(String path) throws IOException;

    /** Removes it and what is below; one that is not there is no error. */
    void remove(String path) throws IOException;
}
