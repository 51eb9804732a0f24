package io.gantry.cri.engine;

import io.gantry.base.error.InvalidArgumentException;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/** Names of containers: those that people give, and those that are made up. */
final class ContainerNames {

    private static final Pattern VALID = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}");

    private static final List<String> HOW =
            List.of(
                    "able", "brave", "bright", "brisk", "broad", "calm", "clear", "clever", "cool",
                    "deft", "eager", "early", "fair", "fast", "firm", "fresh", "gentle", "glad",
                    "grand", "high", "keen", "kind", "light", "lively", "lucky", "mellow", "merry",
                    "mild", "neat", "noble", "plain", "proud", "quick", "quiet", "ready", "sharp",
                    "shiny", "solid", "sound", "spry", "steady", "still", "stout", "sturdy",
                    "sunny", "swift", "tall", "tidy", "true", "vivid", "warm", "wide", "wise",
                    "young");

    private static final List<String> WHAT =
            List.of(
                    "anchor",
                    "barge",
                    "beacon",
                    "berth",
                    "boom",
                    "bridge",
                    "buoy",
                    "canal",
                    "capstan",
                    "cargo",
                    "coaster",
                    "crane",
                    "cutter",
                    "derrick",
                    "dock",
                    "dredger",
                    "ferry",
                    "fjord",
                    "freighter",
                    "gangway",
                    "girder",
                    "harbour",
                    "haven",
                    "hoist",
                    "hull",
                    "jetty",
                    "keel",
                    "ketch",
                    "lagoon",
                    "lighter",
                    "lock",
                    "mast",
                    "mooring",
                    "oar",
                    "pier",
                    "pilot",
                    "pontoon",
                    "pulley",
                    "quay",
                    "rudder",
                    "sail",
                    "ship",
                    "shore",
                    "slipway",
                    "sloop",
                    "spar",
                    "spool",
                    "tackle",
                    "tender",
                    "tide",
                    "trawler",
                    "tug",
                    "wharf",
                    "winch",
                    "yard");

    private ContainerNames() {}

    /**
     * Checks a name that somebody gave. One that could be taken for an id is refused.
     *
     * @throws InvalidArgumentException naming it
     */
    static void check(String name) {
        if (!VALID.matcher(name).matches()) {
            throw new InvalidArgumentException(
                    "container name \""
                            + name
                            + "\" is not valid: it must begin with a letter or digit and have only"
                            + " letters, digits, '_', '.' and '-', 128 at most");
        }
        if (name.length() == 64 && name.matches("[0-9a-f]+")) {
            throw new InvalidArgumentException(
                    "container name \"" + name + "\" is not valid: it looks like an id");
        }
    }

    /** A name as steady-crane; not unique. */
    static String random(RandomGenerator random) {
        return HOW.get(random.nextInt(HOW.size())) + "-" + WHAT.get(random.nextInt(WHAT.size()));
    }
}
