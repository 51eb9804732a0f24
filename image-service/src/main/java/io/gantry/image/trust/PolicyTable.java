package io.gantry.image.trust;

import com.fasterxml.jackson.databind.JsonNode;
import io.gantry.base.error.FailedPreconditionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A table of a policy, read key by key so that an error names the key. */
final class PolicyTable {

    private final Path file;
    private final String where;
    private final JsonNode table;

    /**
     * @param where how the table is called; empty: the file itself
     */
    PolicyTable(Path file, String where, JsonNode table) {
        this.file = file;
        this.where = where;
        this.table = table;
        if (!table.isObject()) {
            throw bad("", "is not a table");
        }
    }

    FailedPreconditionException bad(String key, String why) {
        String separator = where.isEmpty() || key.isEmpty() ? "" : ".";
        return new FailedPreconditionException(
                "signature policy " + file + ": " + where + separator + key + " " + why);
    }

    /** Refuses every key but these: a misspelled one would silently not protect. */
    void allow(Set<String> keys) {
        for (Map.Entry<String, JsonNode> entry : table.properties()) {
            if (!keys.contains(entry.getKey())) {
                throw bad(entry.getKey(), "is not a known key");
            }
        }
    }

    /** A string; empty when absent. */
    String text(String key) {
        JsonNode value = table.path(key);
        if (!value.isMissingNode() && !value.isTextual()) {
            throw bad(key, "is not a string");
        }
        return value.asText("");
    }

    String required(String key) {
        String text = text(key);
        if (text.isEmpty()) {
            throw bad(key, "is missing");
        }
        return text;
    }

    List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        for (JsonNode element : array(key)) {
            if (!element.isTextual()) {
                throw bad(key, "holds something that is not a string");
            }
            texts.add(element.textValue());
        }
        return texts;
    }

    /** The tables below a key, whose names are free. */
    Map<String, PolicyTable> tables(String key) {
        JsonNode value = table.path(key);
        if (!value.isMissingNode() && !value.isObject()) {
            throw bad(key, "is not a table");
        }
        Map<String, PolicyTable> tables = new LinkedHashMap<>();
        value.properties()
                .forEach(
                        entry ->
                                tables.put(
                                        entry.getKey(),
                                        new PolicyTable(
                                                file,
                                                key + ".\"" + entry.getKey() + "\"",
                                                entry.getValue())));
        return tables;
    }

    /** {@code [[key]]}. */
    List<PolicyTable> arrayOfTables(String key) {
        List<PolicyTable> tables = new ArrayList<>();
        for (JsonNode element : array(key)) {
            String name = where + "." + key + "[" + tables.size() + "]";
            tables.add(new PolicyTable(file, name, element));
        }
        return tables;
    }

    /** The public keys in files that are named. */
    List<TrustedKey> keys(String key) {
        List<TrustedKey> keys = new ArrayList<>();
        for (String name : texts(key)) {
            List<PublicKey> found;
            try {
                found = Pem.publicKeys(read(key, name));
            } catch (GeneralSecurityException e) {
                throw bad(key, "names " + name + ": " + e.getMessage());
            }
            if (found.isEmpty()) {
                throw bad(key, "names " + name + ", which has no PUBLIC KEY in PEM");
            }
            for (PublicKey each : found) {
                if (!Signatures.isUsable(each)) {
                    throw bad(
                            key,
                            "names "
                                    + name
                                    + ", which has a key that is neither ECDSA P-256, P-384 or"
                                    + " P-521, RSA of 2048 bits or more, nor Ed25519");
                }
                keys.add(new TrustedKey(name, each));
            }
        }
        return keys;
    }

    /** The certificates in files that are named. */
    List<X509Certificate> certificates(String key) {
        List<X509Certificate> certificates = new ArrayList<>();
        for (String name : texts(key)) {
            List<X509Certificate> found;
            try {
                found = Pem.certificates(read(key, name));
            } catch (GeneralSecurityException e) {
                throw bad(key, "names " + name + ": " + e.getMessage());
            }
            if (found.isEmpty()) {
                throw bad(key, "names " + name + ", which has no CERTIFICATE in PEM");
            }
            certificates.addAll(found);
        }
        return certificates;
    }

    /** A file, relative to the policy's directory. */
    private String read(String key, String name) {
        try {
            return Files.readString(file.resolveSibling(name));
        } catch (IOException e) {
            throw bad(key, "names a file that cannot be read: " + e);
        }
    }

    private JsonNode array(String key) {
        JsonNode value = table.path(key);
        if (!value.isMissingNode() && !value.isArray()) {
            throw bad(key, "is not an array");
        }
        return value;
    }
}
