package io.gantry.cri.streaming.session;

import io.gantry.runtime.exec.ProcessStream;
import java.util.function.Supplier;

/** What a client asked for, to be done once it connects. */
public sealed interface StreamRequest {

    /** The first part of the path of its URL. */
    String verb();

    /**
     * A process with streams: a new one, or the one that a container runs anyway.
     *
     * @param verb exec or attach
     * @param wanted the streams
     * @param opener begins; throws a domain error when it cannot
     * @param endsInput whether the end of the client's input is the end of the process's
     */
    record Process(String verb, Wanted wanted, Supplier<ProcessStream> opener, boolean endsInput)
            implements StreamRequest {}

    /** Which streams of a process a client wants. */
    record Wanted(boolean stdin, boolean stdout, boolean stderr, boolean terminal) {}
}
