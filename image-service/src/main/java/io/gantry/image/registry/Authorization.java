package io.gantry.image.registry;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** How a host is shown who asks. Thread-safe. */
interface Authorization {

    /** For hosts that are not to be shown anything. */
    Authorization NONE =
            new Authorization() {
                @Override
                public Optional<String> header() {
                    return Optional.empty();
                }

                @Override
                public Optional<String> renew(
                        List<Challenge> challenges, Optional<String> refused) {
                    return Optional.empty();
                }
            };

    /**
     * The header to send now.
     *
     * @throws io.gantry.base.error.CancelledException when interrupted while asking for a new token
     */
    Optional<String> header();

    /**
     * Finds another header after a refusal.
     *
     * @param refused the header that was sent
     * @return empty when there is nothing better to show
     * @throws io.gantry.base.error.PermissionDeniedException when a realm refuses, or must not be
     *     shown the secrets
     * @throws IOException when a realm fails
     */
    Optional<String> renew(List<Challenge> challenges, Optional<String> refused) throws IOException;
}
