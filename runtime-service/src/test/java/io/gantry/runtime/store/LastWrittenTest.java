package io.gantry.runtime.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LastWrittenTest {

    private final AtomicInteger writings = new AtomicInteger();
    private final ObjectMapper mapper =
            JsonMapper.builder()
                    .addModule(
                            new SimpleModule()
                                    .addSerializer(
                                            Name.class, new LastWritten<>(new CountingMapper())))
                    .build();

    @Test
    void writesWhatIsAskedForAndTheSameObjectOnlyOnce() throws JsonProcessingException {
        Name one = new Name("ein \"s\" ü");
        Name other = new Name("zwei");

        assertThat(mapper.writeValueAsString(List.of(one, one, other, one)))
                .isEqualTo(new ObjectMapper().writeValueAsString(List.of(one, one, other, one)));
        assertThat(writings).hasValue(3);
        assertThat(mapper.writeValueAsString(new Pair(one, one)))
                .isEqualTo(
                        "{\"left\":{\"text\":\"ein \\\"s\\\" ü\"},\"right\":{\"text\":\"ein"
                                + " \\\"s\\\" ü\"}}");
        assertThat(writings).hasValue(3);
    }

    private record Name(String text) {}

    private record Pair(Name left, Name right) {}

    private final class CountingMapper extends ObjectMapper {

        private static final long serialVersionUID = 1L;

        @Override
        public String writeValueAsString(Object value) throws JsonProcessingException {
            writings.incrementAndGet();
            return super.writeValueAsString(value);
        }
    }
}
