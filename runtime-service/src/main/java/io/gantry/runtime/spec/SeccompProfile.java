package io.gantry.runtime.spec;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.spec.Seccomp;
import io.gantry.linux.spec.Seccomp.Arg;
import io.gantry.linux.spec.Seccomp.Rule;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a profile of system calls from a file, in the form of the OCI specification or of Docker,
 * which adds conditions: rules that hold only with certain capabilities or machines.
 *
 * @param capabilities of the process
 * @param machine as Docker names it: amd64 or arm64
 */
record SeccompProfile(Set<String> capabilities, String machine) {

    private static final ObjectMapper JSON = new ObjectMapper();

    SeccompProfile {
        capabilities = Set.copyOf(capabilities);
    }

    /**
     * The filter.
     *
     * @param name of the file, for messages
     * @throws InvalidArgumentException when it is not a profile
     */
    Seccomp parse(String name, byte[] json) {
        JsonNode root;
        try {
            root = JSON.readTree(json);
        } catch (JacksonException e) {
            throw new InvalidArgumentException(
                    "seccomp profile " + name + ": " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new InvalidArgumentException(
                    "seccomp profile " + name + ": " + e.getMessage(), e);
        }
        String action = root.path("defaultAction").asText("");
        if (action.isEmpty()) {
            throw new InvalidArgumentException(
                    "seccomp profile " + name + ": defaultAction is missing");
        }
        List<Rule> rules = new ArrayList<>();
        for (JsonNode rule : root.path("syscalls")) {
            if (applies(rule)) {
                rules.add(rule(name, rule));
            }
        }
        return new Seccomp(
                action,
                integer(root.path("defaultErrnoRet")),
                architectures(root),
                texts(root.path("flags")),
                rules);
    }

    private static List<String> architectures(JsonNode root) {
        List<String> names = new ArrayList<>(texts(root.path("architectures")));
        for (JsonNode entry : root.path("archMap")) {
            names.add(entry.path("architecture").asText());
            names.addAll(texts(entry.path("subArchitectures")));
        }
        return names;
    }

    /** A rule about older kernels than any that this runs on holds; minKernel is not looked at. */
    private boolean applies(JsonNode rule) {
        List<String> neededCaps = texts(rule.path("includes").path("caps"));
        List<String> neededMachines = texts(rule.path("includes").path("arches"));
        List<String> otherCaps = texts(rule.path("excludes").path("caps"));
        List<String> otherMachines = texts(rule.path("excludes").path("arches"));
        return capabilities.containsAll(neededCaps)
                && (neededMachines.isEmpty() || neededMachines.contains(machine))
                && otherCaps.stream().noneMatch(capabilities::contains)
                && !otherMachines.contains(machine);
    }

    private static Rule rule(String name, JsonNode rule) {
        List<String> names = new ArrayList<>(texts(rule.path("names")));
        if (rule.hasNonNull("name")) {
            names.add(rule.path("name").asText());
        }
        String action = rule.path("action").asText("");
        if (names.isEmpty() || action.isEmpty()) {
            throw new InvalidArgumentException(
                    "seccomp profile " + name + ": a rule needs names and an action: " + rule);
        }
        List<Arg> args = new ArrayList<>();
        for (JsonNode arg : rule.path("args")) {
            args.add(
                    new Arg(
                            arg.path("index").asInt(),
                            arg.path("value").bigIntegerValue().longValue(),
                            arg.path("valueTwo").bigIntegerValue().longValue(),
                            arg.path("op").asText()));
        }
        return new Rule(names, action, integer(rule.path("errnoRet")), args);
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(entry -> texts.add(entry.asText()));
        return texts;
    }

    private static @Nullable Integer integer(JsonNode node) {
        return node.isIntegralNumber() ? Integer.valueOf(node.intValue()) : null;
    }
}
