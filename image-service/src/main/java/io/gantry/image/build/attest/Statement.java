package io.gantry.image.build.attest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.image.content.Digest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Statements about an image (in-toto Statement v0.1): what SPDX 2.3 says of its packages, and SLSA
 * 1.0 of how it was made. The same input makes the same bytes.
 */
public final class Statement {

    /** Media type of statements. */
    public static final String MEDIA_TYPE = "application/vnd.in-toto+json";

    /** Type of what is said of packages. */
    public static final String SPDX = "https://spdx.dev/Document";

    /** Type of what is said of how an image was made. */
    public static final String PROVENANCE = "https://slsa.dev/provenance/v1";

    private static final String BUILD_TYPE = "urn:gantry:build:v1";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Statement() {}

    /**
     * The image.
     *
     * @param names with tags or digests
     */
    public record Subject(List<String> names, Digest manifest) {}

    /**
     * Something that an image was made from.
     *
     * @param algorithm of the digest, as sha256 or gitCommit
     */
    public record Material(String uri, String algorithm, String hex) {}

    /**
     * How an image was made.
     *
     * @param parameters what was asked for
     * @param dockerfile all of it, if it is told
     */
    public record Making(
            String invocation,
            Instant started,
            Instant finished,
            Map<String, String> parameters,
            Optional<String> dockerfile,
            List<Material> materials) {}

    /** Says what packages an image has. */
    public static byte[] packages(Subject subject, List<InstalledPackage> packages, Instant at) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("spdxVersion", "SPDX-2.3");
        document.put("dataLicense", "CC0-1.0");
        document.put("SPDXID", "SPDXRef-DOCUMENT");
        document.put("name", subject.names.isEmpty() ? "image" : subject.names.getFirst());
        document.put("documentNamespace", "urn:gantry:sbom:" + subject.manifest.hex());
        ObjectNode creation = document.putObject("creationInfo");
        creation.put("created", at.truncatedTo(ChronoUnit.SECONDS).toString());
        creation.putArray("creators").add("Tool: gantry");
        ArrayNode list = document.putArray("packages");
        ArrayNode relations = document.putArray("relationships");
        for (int i = 0; i < packages.size(); i++) {
            String id = "SPDXRef-Package-" + (i + 1);
            list.add(spdx(id, packages.get(i)));
            ObjectNode relation = relations.addObject();
            relation.put("spdxElementId", "SPDXRef-DOCUMENT");
            relation.put("relationshipType", "DESCRIBES");
            relation.put("relatedSpdxElement", id);
        }
        return statement(subject, SPDX, document);
    }

    private static ObjectNode spdx(String id, InstalledPackage of) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("SPDXID", id);
        node.put("name", of.name());
        node.put("versionInfo", of.version());
        node.put("downloadLocation", "NOASSERTION");
        node.put("filesAnalyzed", false);
        ObjectNode reference = node.putArray("externalRefs").addObject();
        reference.put("referenceCategory", "PACKAGE-MANAGER");
        reference.put("referenceType", "purl");
        reference.put("referenceLocator", of.purl());
        return node;
    }

    /** Says how an image was made. */
    public static byte[] provenance(Subject subject, Making making) {
        ObjectNode predicate = JsonNodeFactory.instance.objectNode();
        ObjectNode definition = predicate.putObject("buildDefinition");
        definition.put("buildType", BUILD_TYPE);
        ObjectNode parameters = definition.putObject("externalParameters");
        making.parameters.forEach(parameters::put);
        making.dockerfile.ifPresent(it -> parameters.put("dockerfile", it));
        ArrayNode materials = definition.putArray("resolvedDependencies");
        for (Material each : making.materials) {
            ObjectNode node = materials.addObject();
            node.put("uri", each.uri);
            node.putObject("digest").put(each.algorithm, each.hex);
        }
        ObjectNode details = predicate.putObject("runDetails");
        details.putObject("builder").put("id", "");
        ObjectNode metadata = details.putObject("metadata");
        metadata.put("invocationId", making.invocation);
        metadata.put("startedOn", making.started.truncatedTo(ChronoUnit.SECONDS).toString());
        metadata.put("finishedOn", making.finished.truncatedTo(ChronoUnit.SECONDS).toString());
        return statement(subject, PROVENANCE, predicate);
    }

    private static byte[] statement(Subject subject, String type, ObjectNode predicate) {
        ObjectNode statement = JsonNodeFactory.instance.objectNode();
        statement.put("_type", "https://in-toto.io/Statement/v0.1");
        statement.put("predicateType", type);
        ArrayNode subjects = statement.putArray("subject");
        List<String> names = subject.names.isEmpty() ? List.of("_") : subject.names;
        for (String name : names) {
            ObjectNode node = subjects.addObject();
            node.put("name", name);
            node.putObject("digest")
                    .put(subject.manifest.algorithm().label(), subject.manifest.hex());
        }
        statement.set("predicate", predicate);
        try {
            return MAPPER.writeValueAsString(statement).getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of nodes is always JSON", e);
        }
    }
}
