package io.gantry.image.trust;

import io.gantry.image.content.Digest;
import java.util.List;

/**
 * What a signature says that it is about.
 *
 * @param subjects one, or several for a statement about many things
 */
record Claim(List<Subject> subjects) {

    Claim {
        subjects = List.copyOf(subjects);
    }

    /**
     * A document under a name.
     *
     * @param name that the signer gave it; empty: none
     */
    record Subject(Digest digest, String name) {}

    static Claim of(Digest digest, String name) {
        return new Claim(List.of(new Subject(digest, name)));
    }
}
