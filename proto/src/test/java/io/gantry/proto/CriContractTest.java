package io.gantry.proto;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import io.gantry.proto.cri.Runtime;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Holds our CRI descriptors against the published contract, both ways. */
class CriContractTest {

    private static final String TABLE = "/cri-v1-0.37.tsv";

    @Test
    void everythingInTheContractIsInOurDescriptors() throws IOException {
        Set<String> missing = contract();
        missing.removeAll(ours());
        assertThat(missing).isEmpty();
    }

    @Test
    void nothingElseIsInOurDescriptors() throws IOException {
        Set<String> surplus = ours();
        surplus.removeAll(contract());
        assertThat(surplus).isEmpty();
    }

    @Test
    void theContractHasThirtySevenRuntimeAndSixImageCalls() throws IOException {
        assertThat(contract().stream().filter(row -> row.startsWith("rpc\t"))).hasSize(43);
    }

    private static Set<String> contract() throws IOException {
        try (InputStream in = CriContractTest.class.getResourceAsStream(TABLE)) {
            assertThat(in).as(TABLE).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .skip(1)
                    .filter(line -> !line.isBlank())
                    .map(CriContractTest::padded)
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** A row with all six columns, whether or not the last ones were left out. */
    private static String padded(String row) {
        String[] columns = row.split("\t", -1);
        StringBuilder whole = new StringBuilder();
        for (int i = 0; i < 6; i++) {
            whole.append(i == 0 ? "" : "\t").append(i < columns.length ? columns[i] : "");
        }
        return whole.toString();
    }

    private static Set<String> ours() {
        FileDescriptor file = Runtime.getDescriptor();
        Set<String> rows = new TreeSet<>();
        file.getServices().forEach(service -> addService(service, rows));
        file.getMessageTypes().forEach(message -> addMessage(message, rows));
        file.getEnumTypes().forEach(type -> addEnum(type, rows));
        return rows;
    }

    private static void addService(ServiceDescriptor service, Set<String> rows) {
        for (MethodDescriptor method : service.getMethods()) {
            String types =
                    method.getInputType().getFullName()
                            + " -> "
                            + method.getOutputType().getFullName();
            rows.add(row("rpc", service.getFullName(), method.getName(), "", types, kind(method)));
        }
    }

    private static String kind(MethodDescriptor method) {
        assertThat(method.isClientStreaming()).as(method.getFullName()).isFalse();
        return method.isServerStreaming() ? "server-stream" : "unary";
    }

    private static void addMessage(Descriptor message, Set<String> rows) {
        if (message.getOptions().getMapEntry()) {
            return;
        }
        if (message.getFields().isEmpty()) {
            rows.add(row("message", message.getFullName(), "", "", "", ""));
        }
        for (FieldDescriptor field : message.getFields()) {
            rows.add(
                    row(
                            "field",
                            message.getFullName(),
                            field.getName(),
                            Integer.toString(field.getNumber()),
                            type(field),
                            field.isRepeated() && !field.isMapField() ? "repeated" : "singular"));
        }
        message.getNestedTypes().forEach(nested -> addMessage(nested, rows));
        message.getEnumTypes().forEach(nested -> addEnum(nested, rows));
    }

    private static void addEnum(EnumDescriptor type, Set<String> rows) {
        type.getValues()
                .forEach(
                        value ->
                                rows.add(
                                        row(
                                                "enum",
                                                type.getFullName(),
                                                value.getName(),
                                                Integer.toString(value.getNumber()),
                                                "",
                                                "")));
    }

    private static String type(FieldDescriptor field) {
        if (field.isMapField()) {
            Descriptor entry = field.getMessageType();
            return "map<"
                    + type(entry.findFieldByName("key"))
                    + ","
                    + type(entry.findFieldByName("value"))
                    + ">";
        }
        return switch (field.getJavaType()) {
            case MESSAGE -> field.getMessageType().getFullName();
            case ENUM -> field.getEnumType().getFullName();
            default -> field.getType().name().toLowerCase(java.util.Locale.ROOT);
        };
    }

    private static String row(String... columns) {
        return String.join("\t", columns);
    }
}
