package io.gantry.linux.systemd;

import java.io.IOException;
import java.util.List;

/** What systemd can be asked to do with units. Thread-safe. */
public interface Units extends AutoCloseable {

    /**
     * Has systemd start a unit that it makes of these properties; it does so in a moment.
     *
     * @param unit as gantry-ID.scope
     * @throws UnitException when systemd refuses it, among others because there is one of that name
     * @throws IOException when systemd cannot be asked
     */
    void startTransient(String unit, List<UnitProperty> properties) throws IOException;

    /**
     * Changes properties of a unit until the next boot, a reload of systemd included.
     *
     * @throws UnitException when systemd refuses one
     * @throws IOException when systemd cannot be asked
     */
    void change(String unit, List<UnitProperty> properties) throws IOException;

    /**
     * Has systemd stop a unit, which it does in a moment; one that is not there is no error.
     *
     * @throws IOException when systemd cannot be asked
     */
    void stop(String unit) throws IOException;

    /**
     * Has systemd forget that a unit failed; one that is not there is no error.
     *
     * @throws IOException when systemd cannot be asked
     */
    void resetFailed(String unit) throws IOException;

    @Override
    void close() throws IOException;
}
