package io.gantry.cri.streaming.session;

import io.gantry.runtime.exec.ProcessStream;
import io.gantry.runtime.exec.WindowSize;
import java.util.List;
import java.util.Optional;

/** What a client asked for, to be done once it connects. */
public sealed interface StreamRequest {

    /** The first part of the path of its URL. */
    String verb();

    /**
     * A process with streams: a new one, or the one that a container runs anyway.
     *
     * @param verb exec or attach
     * @param wanted the streams
     * @param opener begins
     * @param endsInput whether the end of the client's input is the end of the process's
     */
    record Process(String verb, Wanted wanted, Opener opener, boolean endsInput)
            implements StreamRequest {}

    /** Begins with a process. */
    @FunctionalInterface
    interface Opener {
        /**
         * The process's streams; throws a domain error when there are none.
         *
         * @param size of a new process's terminal, if the client has told it yet
         */
        ProcessStream open(Optional<WindowSize> size);
    }

    /** Which streams of a process a client wants. */
    record Wanted(boolean stdin, boolean stdout, boolean stderr, boolean terminal) {}

    /**
     * Connections to ports of a pod.
     *
     * @param pod its id, for messages
     * @param ports those that a client without a protocol of its own for it means, in order
     * @param dialer makes the connections
     */
    record Ports(String pod, List<Integer> ports, Dialer dialer) implements StreamRequest {
        public Ports {
            ports = List.copyOf(ports);
        }

        @Override
        public String verb() {
            return "portforward";
        }
    }

    /** Connects to a port where the pod would say localhost. */
    @FunctionalInterface
    interface Dialer {
        /**
         * Connects; throws a domain error when nobody listens, or the pod is not ready.
         *
         * @return the descriptor of a connected stream socket that does not block, the caller's to
         *     close
         */
        int dial(int port);
    }
}
