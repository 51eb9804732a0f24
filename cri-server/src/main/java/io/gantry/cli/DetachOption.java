package io.gantry.cli;

import picocli.CommandLine.Option;

/** Which keys end a session and leave the process to itself. */
final class DetachOption {

    @Option(
            names = "--detach-keys",
            paramLabel = "KEYS",
            description = {
                "What to type on a terminal to leave and let it go on: characters and ctrl- with"
                        + " one, separated by commas; ctrl-p,ctrl-q unless given."
            })
    private String keys = DetachKeys.DEFAULT;

    /** To be asked before anything is begun, for they may be nonsense. */
    DetachKeys keys() {
        return DetachKeys.parse(keys);
    }
}
