package io.gantry.runtime.pod;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.gantry.base.Ids;
import io.gantry.base.error.InvalidArgumentException;

/** The whole identifier of a sandbox: 64 lower-case hex digits. */
public record PodSandboxId(@JsonValue String value) {

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public PodSandboxId {
        if (!Ids.isId(value)) {
            throw new InvalidArgumentException("pod sandbox id \"" + value + "\" is malformed");
        }
    }

    /** A new identifier. */
    public static PodSandboxId random() {
        return new PodSandboxId(Ids.random());
    }

    @Override
    public String toString() {
        return value;
    }
}
