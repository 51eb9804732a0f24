package io.gantry.image.trust;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.reference.ImageReference;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads a policy from its file. */
final class PolicyReader {

    private static final int MAX_BYTES = 1024 * 1024;
    private static final TomlMapper TOML = new TomlMapper();

    /** What {@code cosign sign} says in a bundle. */
    private static final String COSIGN = "https://sigstore.dev/cosign/sign/v1";

    private static final Set<String> REQUIRING =
            Set.of("action", "keys", "identity", "log", "signed_as", "predicate_types");

    private final Map<String, TrustRoot> roots = new LinkedHashMap<>();

    private PolicyReader() {}

    /**
     * Reads.
     *
     * @throws FailedPreconditionException when it cannot be used, naming file and key
     */
    static Policy read(Path file) {
        PolicyTable top = new PolicyTable(file, "", parse(file));
        top.allow(Set.of("default", "prefix", "root"));
        return new PolicyReader().policy(top);
    }

    private Policy policy(PolicyTable top) {
        top.tables("root").forEach((name, table) -> roots.put(name, TrustRoots.read(name, table)));
        Map<String, Rule> rules = new LinkedHashMap<>();
        top.tables("prefix").forEach((prefix, table) -> rules.put(prefix, rule(prefix, table)));
        return new Policy(otherwise(top), rules);
    }

    /** That must be said: what is not thought of would be let in, or kept out, by chance. */
    private static Rule otherwise(PolicyTable top) {
        return switch (top.text("default")) {
            case "accept" -> new Rule.Accept();
            case "reject" -> new Rule.Reject();
            case "" -> throw top.bad("default", "is missing: \"accept\" or \"reject\"");
            default -> throw top.bad("default", "is neither \"accept\" nor \"reject\"");
        };
    }

    private Rule rule(String prefix, PolicyTable table) {
        checkPrefix(prefix, table);
        return switch (table.text("action")) {
            case "accept" -> only(table, new Rule.Accept());
            case "reject" -> only(table, new Rule.Reject());
            case "require" -> require(prefix, table);
            case "" -> throw table.bad("action", "is missing");
            default -> throw table.bad("action", "is none of \"accept\", \"reject\", \"require\"");
        };
    }

    private static Rule only(PolicyTable table, Rule rule) {
        table.allow(Set.of("action"));
        return rule;
    }

    private static void checkPrefix(String prefix, PolicyTable table) {
        String below = "/x/x";
        try {
            String name = ImageReference.parse(prefix + below).name();
            String meant = name.substring(0, name.length() - below.length());
            if (!meant.equals(prefix)) {
                throw table.bad("", "is no prefix of whole names; did you mean \"" + meant + "\"?");
            }
        } catch (InvalidArgumentException e) {
            throw table.bad("", "is no prefix of names: " + e.getMessage());
        }
    }

    private Rule require(String prefix, PolicyTable table) {
        table.allow(REQUIRING);
        List<TrustedKey> keys = table.keys("keys");
        List<TrustedIdentity> identities = new ArrayList<>();
        table.arrayOfTables("identity").forEach(each -> identities.add(identity(each)));
        if (keys.isEmpty() && identities.isEmpty()) {
            throw table.bad("action", "is \"require\" but there are neither keys nor identities");
        }
        String signedAs = table.text("signed_as");
        Set<String> predicates = new LinkedHashSet<>(table.texts("predicate_types"));
        predicates.add(COSIGN);
        return new Rule.Require(
                keys,
                identities,
                log(table),
                new SignedNames(prefix, signedAs.isEmpty() ? prefix : signedAs),
                predicates);
    }

    private TrustedIdentity identity(PolicyTable table) {
        table.allow(Set.of("issuer", "subject", "root"));
        TrustRoot root = root(table, "root");
        if (root.anchors().isEmpty()) {
            throw table.bad("root", "is \"" + root.name() + "\", which has no fulcio certificates");
        }
        return TrustedIdentity.of(table.required("issuer"), table.required("subject"), root);
    }

    private @Nullable TrustRoot log(PolicyTable table) {
        return table.text("log").isEmpty() ? null : root(table, "log");
    }

    private TrustRoot root(PolicyTable table, String key) {
        String name = table.required(key);
        TrustRoot root = roots.get(name);
        if (root == null) {
            throw table.bad(key, "is \"" + name + "\", but there is no [root." + name + "]");
        }
        return root;
    }

    private static JsonNode parse(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new FailedPreconditionException(
                        "signature policy " + file + " is larger than " + MAX_BYTES + " bytes");
            }
            return TOML.readTree(new String(bytes, StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            throw new FailedPreconditionException(
                    "signature policy "
                            + file
                            + ": line "
                            + e.getLocation().getLineNr()
                            + ": "
                            + e.getOriginalMessage().lines().findFirst().orElse("not TOML"),
                    e);
        } catch (IOException e) {
            throw new FailedPreconditionException("cannot read signature policy " + e, e);
        }
    }
}
