package io.gantry.runtime.store;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Writes immutable values that come again and again as the same object: the JSON of the last one is
 * kept. Thread-safe.
 *
 * @param <T> an immutable type that the mapper can write by itself
 */
final class LastWritten<T> extends JsonSerializer<T> {

    private final ObjectMapper mapper;
    private volatile @Nullable Written last;

    LastWritten(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // two that are equal may be written twice
    public void serialize(T value, JsonGenerator out, SerializerProvider provider)
            throws IOException {
        Written known = last;
        if (known == null || known.value != value) {
            known = new Written(value, new SerializedString(mapper.writeValueAsString(value)));
            last = known;
        }
        out.writeRawValue(known.json);
    }

    private record Written(Object value, SerializableString json) {}
}
