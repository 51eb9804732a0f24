package io.gantry.e2e.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What to measure, and how often.
 *
 * @param json file for the JSON; empty: standard output
 */
record Settings(
        List<Endpoint> runtimes,
        Images images,
        String cgroupParent,
        Set<String> parts,
        Counts counts,
        Soaks soaks,
        String json) {

    private static final Set<String> PARTS =
            Set.of("startup", "lifecycle", "exec", "density", "pull", "coldpull", "scale", "soak");

    /**
     * A runtime.
     *
     * @param daemon program that starts it; empty: it runs already
     */
    record Endpoint(String name, String socket, String daemon) {}

    /** Image of the containers, and those to pull, by name: several are pulled at once. */
    record Images(String container, Map<String, List<String>> pulls) {}

    record Counts(
            int rounds,
            int warmup,
            int execs,
            int pods,
            int pulls,
            int coldPulls,
            int starts,
            int scale) {}

    /**
     * How many pods live and go, and where to look for what they leave.
     *
     * @param minutes after which no more begin
     * @param leases directory where addresses of pods are noted down; empty: not looked at
     * @param databases by the name of the runtime
     */
    record Soaks(int lives, int minutes, String leases, Map<String, String> databases) {}

    static Settings parse(List<String> args) {
        Map<String, List<String>> given = new LinkedHashMap<>();
        for (int i = 0; i < args.size(); i += 2) {
            if (!args.get(i).startsWith("--") || i + 1 == args.size()) {
                throw new IllegalArgumentException("unexpected argument " + args.get(i));
            }
            given.computeIfAbsent(args.get(i), name -> new ArrayList<>()).add(args.get(i + 1));
        }
        Settings settings =
                new Settings(
                        endpoints(pairs(given, "--runtime"), pairs(given, "--daemon")),
                        new Images(one(given, "--image", ""), lists(pairs(given, "--pull"))),
                        one(given, "--cgroup-parent", ""),
                        parts(one(given, "--only", "")),
                        counts(given),
                        new Soaks(
                                number(given, "--soak", 400),
                                number(given, "--soak-minutes", 30),
                                one(given, "--leases", ""),
                                pairs(given, "--database")),
                        one(given, "--json", ""));
        if (!given.isEmpty()) {
            throw new IllegalArgumentException("unknown option " + given.keySet());
        }
        if (settings.runtimes.isEmpty() || settings.images.container.isEmpty()) {
            throw new IllegalArgumentException("--runtime and --image are needed");
        }
        return settings;
    }

    boolean measures(String part) {
        return parts.contains(part);
    }

    private static Counts counts(Map<String, List<String>> given) {
        return new Counts(
                number(given, "--rounds", 30),
                number(given, "--warmup", 40),
                number(given, "--execs", 100),
                number(given, "--pods", 20),
                number(given, "--pulls", 5),
                number(given, "--cold-pulls", 3),
                number(given, "--starts", 5),
                number(given, "--scale", 200));
    }

    private static List<Endpoint> endpoints(Map<String, String> sockets, Map<String, String> how) {
        if (!sockets.keySet().containsAll(how.keySet())) {
            throw new IllegalArgumentException("--daemon of a runtime that is not named");
        }
        return sockets.entrySet().stream()
                .map(e -> new Endpoint(e.getKey(), e.getValue(), how.getOrDefault(e.getKey(), "")))
                .toList();
    }

    private static Set<String> parts(String list) {
        if (list.isEmpty()) {
            return PARTS;
        }
        Set<String> parts = Set.of(list.split(","));
        if (!PARTS.containsAll(parts)) {
            throw new IllegalArgumentException(
                    "--only " + list + ": one of them is not in " + PARTS);
        }
        return parts;
    }

    private static Map<String, List<String>> lists(Map<String, String> pairs) {
        Map<String, List<String>> lists = new LinkedHashMap<>();
        pairs.forEach((name, list) -> lists.put(name, List.of(list.split(","))));
        return lists;
    }

    private static Map<String, String> pairs(Map<String, List<String>> given, String option) {
        Map<String, String> pairs = new LinkedHashMap<>();
        List<String> values = given.remove(option);
        for (String value : values == null ? List.<String>of() : values) {
            int equals = value.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException(option + " " + value + " is not NAME=VALUE");
            }
            String path = value.substring(equals + 1);
            pairs.put(value.substring(0, equals), path.replaceFirst("^unix:(//)?", ""));
        }
        return pairs;
    }

    private static int number(Map<String, List<String>> given, String option, int otherwise) {
        String value = one(given, option, Integer.toString(otherwise));
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(option + " " + value + " is not a number", e);
        }
    }

    private static String one(Map<String, List<String>> given, String option, String otherwise) {
        List<String> values = given.remove(option);
        if (values == null) {
            return otherwise;
        }
        if (values.size() > 1) {
            throw new IllegalArgumentException(option + " is given twice");
        }
        return values.get(0);
    }
}
