package io.gantry.runtime.cdi;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes a description of a tree of JSON or YAML. As the format demands, fields that it does not
 * know are refused, and so are fields that came with a later version than the file says.
 */
public final class CdiSpecParser {

    private static final List<String> VERSIONS =
            List.of(
                    "0.1.0", "0.2.0", "0.3.0", "0.4.0", "0.5.0", "0.6.0", "0.7.0", "0.8.0", "1.0.0",
                    "1.1.0");
    private static final Set<String> FIELDS =
            Set.of("cdiVersion", "kind", "annotations", "devices", "containerEdits");
    private static final Set<String> DEVICE_FIELDS =
            Set.of("name", "annotations", "containerEdits");

    private CdiSpecParser() {}

    /**
     * Reads one.
     *
     * @param file its name, for messages
     * @throws MalformedCdiSpecException naming the field that is not as it has to be
     */
    public static CdiSpec parse(String file, JsonNode tree) throws MalformedCdiSpecException {
        Field root = new Field(file, "", tree);
        root.requireObject(FIELDS);
        Version version = new Version(root.at("cdiVersion"));
        String kind = kind(root.at("kind"), version);
        annotations(root.at("annotations"), version);
        EditsParser edits = new EditsParser(version);
        Map<String, ContainerEdits> devices = new LinkedHashMap<>();
        List<Field> listed = root.at("devices").elements();
        if (listed.isEmpty()) {
            throw root.at("devices").malformed("at least one is needed");
        }
        for (Field device : listed) {
            device.requireObject(DEVICE_FIELDS);
            annotations(device.at("annotations"), version);
            ContainerEdits own = edits.parse(device.at("containerEdits"));
            if (own.equals(ContainerEdits.NONE)) {
                throw device.at("containerEdits").malformed("a device has to ask for something");
            }
            if (devices.put(deviceName(device.at("name"), version), own) != null) {
                throw device.at("name").malformed("there is another of this name");
            }
        }
        return new CdiSpec(file, kind, devices, edits.parse(root.at("containerEdits")));
    }

    private static String kind(Field field, Version version) throws MalformedCdiSpecException {
        String kind = field.requiredText();
        if (!CdiName.isKind(kind)) {
            throw field.malformed("it has to be vendor.com/class");
        }
        if (kind.substring(kind.indexOf('/')).contains(".")) {
            version.require("0.6.0", field, "a dot in the class");
        }
        return kind;
    }

    private static String deviceName(Field field, Version version)
            throws MalformedCdiSpecException {
        String name = field.requiredText();
        if (!CdiName.isDevice(name)) {
            throw field.malformed("letters, digits and _ - . : between them are possible");
        }
        if (Character.isDigit(name.charAt(0))) {
            version.require("0.5.0", field, "a digit at the beginning");
        }
        return name;
    }

    private static void annotations(Field field, Version version) throws MalformedCdiSpecException {
        if (field.isPresent()) {
            version.require("0.6.0", field, "it");
        }
    }

    /** The version that a file says it has. */
    static final class Version {

        private final String version;

        Version(Field field) throws MalformedCdiSpecException {
            String text = field.requiredText();
            version = text.startsWith("v") ? text.substring(1) : text;
            if (!VERSIONS.contains(version)) {
                throw field.malformed("the versions known are " + String.join(", ", VERSIONS));
            }
        }

        /** Refuses what came with a later one. */
        void require(String since, Field field, String what) throws MalformedCdiSpecException {
            if (VERSIONS.indexOf(version) < VERSIONS.indexOf(since)) {
                throw field.malformed(what + " needs cdiVersion " + since + ", not " + version);
            }
        }
    }
}
