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
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
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
    private static final Set<String> ACTIONS =
            Set.of(
                    "SCMP_ACT_KILL",
                    "SCMP_ACT_KILL_THREAD",
                    "SCMP_ACT_KILL_PROCESS",
                    "SCMP_ACT_TRAP",
                    "SCMP_ACT_ERRNO",
                    "SCMP_ACT_TRACE",
                    "SCMP_ACT_LOG",
                    "SCMP_ACT_ALLOW");
    private static final Set<String> OPERATORS =
            Set.of(
                    "SCMP_CMP_NE",
                    "SCMP_CMP_LT",
                    "SCMP_CMP_LE",
                    "SCMP_CMP_EQ",
                    "SCMP_CMP_GE",
                    "SCMP_CMP_GT",
                    "SCMP_CMP_MASKED_EQ");

    private static final Set<String> FLAGS =
            Set.of(
                    "SECCOMP_FILTER_FLAG_TSYNC",
                    "SECCOMP_FILTER_FLAG_LOG",
                    "SECCOMP_FILTER_FLAG_SPEC_ALLOW");

    /** What the kernel keeps of an errno of a filter. */
    private static final int MAX_ERRNO = 4095;

    private static final int MAX_ARGUMENT = 5;

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
            throw refused(name, "defaultAction is missing");
        }
        requireOneOf(name, "defaultAction", action, ACTIONS);
        List<Rule> rules = new ArrayList<>();
        JsonNode syscalls = root.path("syscalls");
        if (!syscalls.isArray() && !syscalls.isNull() && !syscalls.isMissingNode()) {
            throw refused(name, "syscalls is no list");
        }
        for (JsonNode rule : syscalls) {
            if (applies(name, rule)) {
                rules.add(rule(name, rule));
            }
        }
        return new Seccomp(
                action,
                errno(name, "defaultErrnoRet", root),
                architectures(name, root),
                flags(name, root),
                rules);
    }

    private static List<String> flags(String name, JsonNode root) {
        List<String> flags = texts(root.path("flags"));
        flags.forEach(flag -> requireOneOf(name, "flags", flag, FLAGS));
        return flags;
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
            throw refused(name, "a rule needs names and an action: " + rule);
        }
        requireOneOf(name, "action", action, ACTIONS);
        List<Arg> args = new ArrayList<>();
        for (JsonNode arg : rule.path("args")) {
            String operator = arg.path("op").asText("");
            requireOneOf(name, "op", operator, OPERATORS);
            args.add(
                    new Arg(
                            (int) number(name, "index", arg, MAX_ARGUMENT).longValue(),
                            number(name, "value", arg, -1).longValue(),
                            arg.hasNonNull("valueTwo")
                                    ? number(name, "valueTwo", arg, -1).longValue()
                                    : 0,
                            operator));
        }
        return new Rule(names, action, errno(name, "errnoRet", rule), args);
    }

    private static @Nullable Integer errno(String name, String field, JsonNode object) {
        return object.hasNonNull(field)
                ? (int) number(name, field, object, MAX_ERRNO).longValue()
                : null;
    }

    /**
     * A number that is not negative.
     *
     * @param max the largest; -1: what 64 bits hold
     */
    private static BigInteger number(String name, String field, JsonNode object, int max) {
        JsonNode node = object.path(field);
        BigInteger number = node.bigIntegerValue();
        boolean fits = max < 0 ? number.bitLength() <= Long.SIZE : number.bitLength() < Long.SIZE;
        if (!node.isIntegralNumber()
                || number.signum() < 0
                || !fits
                || (max >= 0 && number.longValue() > max)) {
            String wanted = max < 0 ? "a number of 64 bits" : "a number from 0 to " + max;
            throw refused(name, field + " has to be " + wanted + ": " + object);
        }
        return number;
    }

    private static void requireOneOf(
            String name, String field, String value, Set<String> possible) {
        if (!possible.contains(value)) {
            throw refused(
                    name,
                    "%s is \"%s\", which is none of %s"
                            .formatted(field, value, String.join(", ", new TreeSet<>(possible))));
        }
    }

    private static InvalidArgumentException refused(String name, String why) {
        return new InvalidArgumentException("seccomp profile " + name + ": " + why);
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(entry -> texts.add(entry.asText()));
        return texts;
    }
}
