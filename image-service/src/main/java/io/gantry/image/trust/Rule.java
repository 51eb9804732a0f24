package io.gantry.image.trust;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What holds for the images below a prefix. */
sealed interface Rule {

    /** They may come, signed or not. */
    record Accept() implements Rule {}

    /** They may not. */
    record Reject() implements Rule {}

    /**
     * They must have a signature by one of the keys or identities.
     *
     * @param log whose log must have the signatures by keys too; null: they need be in none
     * @param signedAs the names that they are signed under
     * @param predicates kinds of statements that count as a signature
     */
    record Require(
            List<TrustedKey> keys,
            List<TrustedIdentity> identities,
            @Nullable TrustRoot log,
            SignedNames signedAs,
            Set<String> predicates)
            implements Rule {
        public Require {
            keys = List.copyOf(keys);
            identities = List.copyOf(identities);
            predicates = Set.copyOf(predicates);
        }
    }
}
