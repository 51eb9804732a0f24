package io.gantry.image.trust;

import io.gantry.image.manifest.JsonObject;
import java.util.Base64;

/** Values as Protocol Buffers have them in JSON: bytes in base64, long numbers as text. */
final class Encoded {

    private Encoded() {}

    /** Bytes that must be there. */
    static byte[] bytes(JsonObject json, String key) throws RefusalException {
        return decode(key, json.requiredText(key));
    }

    /** A whole number, which is left out when it is 0. */
    static long number(JsonObject json, String key) throws RefusalException {
        String text = json.text(key);
        try {
            return text.isEmpty() ? 0 : Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new RefusalException(key + " is no number", e);
        }
    }

    static byte[] decode(String what, String base64) throws RefusalException {
        try {
            return Base64.getDecoder().decode(base64.strip());
        } catch (IllegalArgumentException e) {
            throw new RefusalException(what + " is not base64", e);
        }
    }
}
