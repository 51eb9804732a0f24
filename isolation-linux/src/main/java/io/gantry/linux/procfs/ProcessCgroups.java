package io.gantry.linux.procfs;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The control groups of a process: /proc/PID/cgroup (cgroups(7)). */
public record ProcessCgroups(List<Membership> memberships) {

    public ProcessCgroups {
        memberships = List.copyOf(memberships);
    }

    /**
     * The place in one hierarchy.
     *
     * @param controllers empty in that of cgroup v2; name=systemd in a named one
     * @param path below the mount point, seen from the reader's cgroup namespace
     */
    public record Membership(List<String> controllers, String path) {
        public Membership {
            controllers = List.copyOf(controllers);
        }
    }

    /**
     * Reads the lines of the file.
     *
     * @throws IllegalArgumentException quoting a line that is none
     */
    public static ProcessCgroups parse(List<String> lines) {
        List<Membership> memberships = new ArrayList<>();
        for (String line : lines) {
            // The path, which comes last, may hold colons.
            String[] fields = line.split(":", 3);
            if (fields.length != 3) {
                throw new IllegalArgumentException("not a line of cgroup: " + line);
            }
            List<String> controllers =
                    fields[1].isEmpty() ? List.of() : Arrays.asList(fields[1].split(",", -1));
            memberships.add(new Membership(controllers, fields[2]));
        }
        return new ProcessCgroups(memberships);
    }

    /** The path in the hierarchy of cgroup v2. */
    public Optional<String> unified() {
        return memberships.stream()
                .filter(membership -> membership.controllers().isEmpty())
                .map(Membership::path)
                .findFirst();
    }

    /** The path in the hierarchy of a controller of cgroup v1. */
    public Optional<String> path(String controller) {
        return memberships.stream()
                .filter(membership -> membership.controllers().contains(controller))
                .map(Membership::path)
                .findFirst();
    }
}
