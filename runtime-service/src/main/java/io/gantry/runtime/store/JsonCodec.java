package io.gantry.runtime.store;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;

/**
 * Records of ours as JSON and back; a field that is not known is an error. Thread-safe.
 *
 * @param <T> a record
 */
public final class JsonCodec<T> {

    private static final ObjectMapper MAPPER =
            JsonMapper.builder()
                    .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                    .addModule(instants())
                    .build();

    private final ObjectReader reader;
    private final ObjectWriter writer;

    public JsonCodec(Class<T> type) {
        this(type, MAPPER);
    }

    /**
     * The same for records that have much of their JSON in common.
     *
     * @param common an immutable type within, most values of which are the same object; the JSON of
     *     the last one is kept
     * @param annotations of a record within, on whose components Jackson's cannot stand: the record
     *     and an abstract class with methods of the same names
     */
    public static <T, C> JsonCodec<T> of(
            Class<T> type, Class<C> common, Map.Entry<Class<?>, Class<?>> annotations) {
        SimpleModule module = new SimpleModule("common");
        module.addSerializer(common, new LastWritten<>(MAPPER));
        module.setMixInAnnotation(annotations.getKey(), annotations.getValue());
        return new JsonCodec<>(type, MAPPER.copy().registerModule(module));
    }

    private JsonCodec(Class<T> type, ObjectMapper mapper) {
        this.reader = mapper.readerFor(type);
        this.writer = mapper.writerFor(type);
    }

    /** As JSON in UTF-8. */
    public byte[] write(T value) {
        try {
            return writer.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new StoreException("write record: " + e.getOriginalMessage(), e);
        }
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws IOException when it is anything else
     */
    public T read(byte[] json) throws IOException {
        return reader.readValue(json);
    }

    private static SimpleModule instants() {
        SimpleModule module = new SimpleModule("instants");
        module.addSerializer(Instant.class, new InstantWriter());
        module.addDeserializer(Instant.class, new InstantReader());
        return module;
    }

    private static final class InstantWriter extends JsonSerializer<Instant> {
        @Override
        public void serialize(Instant value, JsonGenerator out, SerializerProvider provider)
                throws IOException {
            out.writeString(value.toString());
        }
    }

    private static final class InstantReader extends StdDeserializer<Instant> {

        private static final long serialVersionUID = 1L;

        InstantReader() {
            super(Instant.class);
        }

        @Override
        public Instant deserialize(JsonParser in, DeserializationContext context)
                throws IOException {
            try {
                return Instant.parse(in.getText());
            } catch (DateTimeParseException e) {
                throw context.weirdStringException(in.getText(), Instant.class, e.getMessage());
            }
        }
    }
}
