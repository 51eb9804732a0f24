package io.gantry.image.registry;

import io.gantry.base.Deadline;

/** Asks registries whether they take credentials. Thread-safe. */
@FunctionalInterface
public interface LoginCheck {

    /**
     * Proves to a registry who we are, and forgets it. Mirrors are not asked. A registry that lets
     * anybody in says nothing of the credentials.
     *
     * @param registry host, with port if any, as a reference has it
     * @return what the registry gives out to be kept in place of the password, an identity token;
     *     empty when it does not
     * @throws io.gantry.base.error.PermissionDeniedException when it does not take them, or they
     *     would leave this machine unprotected
     * @throws io.gantry.base.error.UnavailableException when it cannot be asked
     */
    String check(String registry, Credentials credentials, Deadline deadline);
}
