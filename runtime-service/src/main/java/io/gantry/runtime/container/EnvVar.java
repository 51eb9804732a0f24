package io.gantry.runtime.container;

/** An environment variable. */
public record EnvVar(String name, String value) {

    @Override
    public String toString() {
        return name + "=…";
    }
}
