package io.gantry.runtime.container;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.gantry.base.Ids;
import io.gantry.base.error.InvalidArgumentException;

/** The whole identifier of a container: 64 lower-case hex digits. */
public record ContainerId(@JsonValue String value) {

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public ContainerId {
        if (!Ids.isId(value)) {
            throw new InvalidArgumentException("container id \"" + value + "\" is malformed");
        }
    }

    /** A new identifier. */
    public static ContainerId random() {
        return new ContainerId(Ids.random());
    }

    @Override
    public String toString() {
        return value;
    }
}
