package io.gantry.cri.streaming.session;

import io.gantry.cri.streaming.wire.ByteStream;
import java.util.Optional;

/**
 * The client's streams of a process.
 *
 * @param error tells how it ended
 * @param statusJson whether it does so in JSON
 * @param resize sizes of the client's terminal
 */
public record ProcessStreams(
        ByteStream error,
        boolean statusJson,
        Optional<ByteStream> stdin,
        Optional<ByteStream> stdout,
        Optional<ByteStream> stderr,
        Optional<ByteStream> resize) {}
