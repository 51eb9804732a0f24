package io.gantry.linux.systemd;

import java.io.IOException;

/** Systemd refuses what it was asked for. */
public final class UnitException extends IOException {

    private static final long serialVersionUID = 1L;

    private static final String SYSTEMD = "org.freedesktop.systemd1.";

    private final String error;

    UnitException(String error, String message) {
        super(message);
        this.error = error;
    }

    /** Whether there is a unit of that name already. */
    public boolean exists() {
        return error.equals(SYSTEMD + "UnitExists");
    }

    /** Whether there is no unit of that name. */
    public boolean missing() {
        return error.equals(SYSTEMD + "NoSuchUnit");
    }
}
