/**
 * The client side of the OCI distribution specification 1.1: {@link
 * io.gantry.image.registry.RegistryClient} opens a {@link io.gantry.image.registry.Fetcher} per
 * pull, which tries the hosts that {@code hosts.toml} names for a registry. One class per endpoint,
 * one ({@code RegistryCaller}) for authentication, retries and the meaning of status codes.
 */
@NullMarked
package io.gantry.image.registry;

import org.jspecify.annotations.NullMarked;
