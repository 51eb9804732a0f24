package io.gantry.runtime.spec;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.spec.Seccomp;
import io.gantry.linux.spec.Seccomp.Arg;
import io.gantry.linux.spec.Seccomp.Rule;
import io.gantry.linux.syscall.KernelFeatures;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a profile of system calls from a file, in the form of the OCI specification or of Docker,
 * which adds conditions: rules that hold only with certain capabilities, machines or kernels.
 *
 * @param capabilities of the process
 * @param machine as Docker names it: amd64 or arm64
 * @param kernel release of the running kernel
 */
record SeccompProfile(Set<String> capabilities, String machine, String kernel) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern VERSION = Pattern.compile("(\\d{1,9})\\.(\\d{1,9})");

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
            if (applies(name, rule)) {
                rules.add(rule(name, rule));
            }
        }
        return new Seccomp(
                action,
                integer(root.path("defaultErrnoRet")),
                architectures(name, root),
                texts(root.path("flags")),
                rules);
    }

    /** The map has an entry for every machine that Docker knows; that of this one counts. */
    private List<String> architectures(String name, JsonNode root) {
        List<String> listed = texts(root.path("architectures"));
        if (root.path("archMap").isEmpty()) {
            return listed;
        }
        if (!listed.isEmpty()) {
            throw new InvalidArgumentException(
                    "seccomp profile " + name + ": it has both architectures and archMap");
        }
        String own = machine.equals("arm64") ? "SCMP_ARCH_AARCH64" : "SCMP_ARCH_X86_64";
        List<String> names = new ArrayList<>();
        for (JsonNode entry : root.path("archMap")) {
            if (entry.path("architecture").asText().equals(own)) {
                names.add(own);
                names.addAll(texts(entry.path("subArchitectures")));
            }
        }
        return names;
    }

    private boolean applies(String name, JsonNode rule) {
        return includes(name, rule.path("includes")) && !excludes(name, rule.path("excludes"));
    }

    /** Whether all that a rule is for is here. */
    private boolean includes(String name, JsonNode condition) {
        List<String> machines = texts(condition.path("arches"));
        return capabilities.containsAll(texts(condition.path("caps")))
                && (machines.isEmpty() || machines.contains(machine))
                && (!condition.hasNonNull("minKernel")
                        || isAtLeast(name, condition.path("minKernel")));
    }

    /** Whether anything is here that a rule is not for. */
    private boolean excludes(String name, JsonNode condition) {
        return texts(condition.path("caps")).stream().anyMatch(capabilities::contains)
                || texts(condition.path("arches")).contains(machine)
                || (condition.hasNonNull("minKernel")
                        && isAtLeast(name, condition.path("minKernel")));
    }

    private boolean isAtLeast(String name, JsonNode version) {
        Matcher matcher = VERSION.matcher(version.asText());
        if (!matcher.matches()) {
            throw new InvalidArgumentException(
                    "seccomp profile "
                            + name
                            + ": minKernel "
                            + version
                            + " is no version of a kernel, as \"4.8\"");
        }
        return KernelFeatures.isAtLeast(
                kernel, Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
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
