package io.gantry.image.layer;

import io.gantry.image.content.Digest.Algorithm;
import io.gantry.linux.syscall.Libisal;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a layer is unpacked with. Each choice yields the same layers and refuses the same; they
 * differ in speed.
 *
 * @param gunzip a fresh state of ISA-L; empty where Java's own does it
 * @param sha256 a fresh hash function
 */
record Libraries(Supplier<Optional<Libisal>> gunzip, Supplier<MessageDigest> sha256) {

    /** The fastest that the machine has. */
    static final Libraries INSTALLED = new Libraries(Libisal::open, Algorithm.SHA256::newHash);

    /** What every machine has. */
    static final Libraries NONE = new Libraries(Optional::empty, Algorithm.SHA256::newJdkHash);
}
