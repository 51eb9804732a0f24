package io.gantry.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/** Asks before something is done that cannot be undone. */
final class Confirmation {

    private Confirmation() {}

    /** Says what is about to be done, and whether the user wants it; no answer is a no. */
    static boolean given(Streams streams, String what) throws IOException {
        streams.err().print(what + " Go on? [y/N] ");
        streams.flush();
        BufferedReader in =
                new BufferedReader(new InputStreamReader(streams.in(), StandardCharsets.UTF_8));
        String answer = in.readLine();
        return answer != null && answer.strip().matches("[yY]([eE][sS])?");
    }
}
