package io.gantry.runtime.oci;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;

/**
 * What an OCI runtime says that it can do (features.md of the specification).
 *
 * @param recursiveReadOnlyMounts whether it knows the mount option rro
 */
public record HandlerFeatures(boolean recursiveReadOnlyMounts) {

    /** Of a runtime that does not say. */
    public static final HandlerFeatures UNKNOWN = new HandlerFeatures(false);

    static HandlerFeatures parse(String document) {
        try {
            JsonNode features = OciDocument.JSON.readTree(document);
            boolean rro = false;
            for (JsonNode option : features.path("mountOptions")) {
                rro |= option.asText().equals("rro");
            }
            return new HandlerFeatures(rro);
        } catch (JsonProcessingException e) {
            return UNKNOWN;
        }
    }
}
