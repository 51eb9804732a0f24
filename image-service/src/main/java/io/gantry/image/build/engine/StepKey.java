package io.gantry.image.build.engine;

import io.gantry.image.content.Digest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Collection;

/** Makes the key of a step's result from all that the result depends on. Used once. */
final class StepKey {

    /** Goes up when results of earlier versions must not be used any more. */
    private static final String VERSION = "1";

    private final MessageDigest hash = Digest.Algorithm.SHA256.newHash();

    StepKey(String kind) {
        add(VERSION).add(kind);
    }

    StepKey(Digest base, String kind) {
        this(kind);
        add(base.toString());
    }

    StepKey add(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        hash.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
        hash.update(bytes);
        return this;
    }

    StepKey add(Object value) {
        return add(value.toString());
    }

    StepKey addAll(Collection<?> values) {
        add(Integer.toString(values.size()));
        values.forEach(each -> add(each.toString()));
        return this;
    }

    Digest done() {
        return Digest.finish(Digest.Algorithm.SHA256, hash);
    }
}
