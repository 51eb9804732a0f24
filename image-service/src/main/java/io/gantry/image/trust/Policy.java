package io.gantry.image.trust;

import io.gantry.image.reference.ImageReference;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A policy that was read.
 *
 * @param otherwise for images below no prefix
 * @param rules by prefix: a registry, or with a path for a part of its repositories
 */
record Policy(Rule otherwise, Map<String, Rule> rules) {

    Policy {
        rules = Collections.unmodifiableMap(new LinkedHashMap<>(rules));
    }

    /**
     * The rule for an image.
     *
     * @param where it stands, for messages
     */
    record Match(String where, Rule rule) {}

    /** That of the longest prefix, which ends where a part of the name does. */
    Match match(ImageReference image) {
        String prefix = image.name();
        while (true) {
            Rule rule = rules.get(prefix);
            if (rule != null) {
                return new Match("prefix \"" + prefix + "\"", rule);
            }
            int slash = prefix.lastIndexOf('/');
            if (slash < 0) {
                return new Match("default", otherwise);
            }
            prefix = prefix.substring(0, slash);
        }
    }
}
