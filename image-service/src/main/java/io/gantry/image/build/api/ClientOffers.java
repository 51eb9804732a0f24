package io.gantry.image.build.api;

import io.gantry.base.Deadline;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Credentials;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a client keeps until a step asks for it. Thread-safe.
 *
 * <p>Secrets reach neither disk nor logs: who asks for one holds its bytes for as long as the step
 * runs.
 */
public interface ClientOffers {

    /** A client that offers nothing. */
    ClientOffers NOTHING =
            new ClientOffers() {
                @Override
                public Optional<byte[]> secret(String id, Deadline deadline) {
                    return Optional.empty();
                }

                @Override
                public Optional<Path> sshAgent(String id, Deadline deadline) {
                    return Optional.empty();
                }

                @Override
                public Credentials login(ImageReference reference, Deadline deadline) {
                    return Credentials.ANONYMOUS;
                }
            };

    /**
     * A secret.
     *
     * @return empty when the client has none of that id
     * @throws io.gantry.base.error.UnavailableException when the client does not answer
     */
    Optional<byte[]> secret(String id, Deadline deadline);

    /**
     * The socket of an SSH agent: a path on this node at which connections are relayed to the
     * client's agent until the build ends.
     *
     * @param id {@code default} when a Dockerfile does not say
     * @return empty when the client has none of that id
     * @throws io.gantry.base.error.UnavailableException when the client does not answer
     */
    Optional<Path> sshAgent(String id, Deadline deadline);

    /**
     * What the client proves itself with to the registry of an image that is about to be pulled.
     *
     * @return {@link Credentials#ANONYMOUS} when it has nothing, and the node's own are to do
     * @throws io.gantry.base.error.UnavailableException when the client does not answer
     */
    Credentials login(ImageReference reference, Deadline deadline);
}
