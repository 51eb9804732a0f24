package io.gantry.cri.translate;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import io.gantry.base.error.InternalException;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.pod.PodSandbox;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** All that is recorded of a container, for the people who may see it: its environment included. */
public final class InspectJson {

    private InspectJson() {}

    /** One object with "container" and "pod", indented. */
    public static String of(Container container, PodSandbox pod) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("container", container);
        all.put("pod", pod);
        try {
            return Mapper.INSTANCE.writeValueAsString(all);
        } catch (JsonProcessingException e) {
            throw new InternalException("cannot write container " + container.id() + " as JSON", e);
        }
    }

    /** Loaded at the first use: it costs more than a start-up should. */
    private static final class Mapper {
        static final ObjectMapper INSTANCE =
                new ObjectMapper()
                        .enable(SerializationFeature.INDENT_OUTPUT)
                        .registerModule(
                                new SimpleModule().addSerializer(Instant.class, new InstantText()));
    }

    private static final class InstantText extends JsonSerializer<Instant> {
        @Override
        public void serialize(Instant value, JsonGenerator json, SerializerProvider provider)
                throws IOException {
            json.writeString(value.toString());
        }
    }
}
