package io.gantry.linux.cgroup;

/**
 * Pressure stall information (psi in the kernel's documentation).
 *
 * @param some at least one process waited
 * @param full all of them waited
 */
public record Pressure(Share some, Share full) {

    /**
     * Time that was lost.
     *
     * @param totalMicros since the group was made
     * @param avg10 percent of the last ten seconds
     * @param avg60 percent of the last minute
     * @param avg300 percent of the last five minutes
     */
    public record Share(long totalMicros, double avg10, double avg60, double avg300) {
        private static final Share NONE = new Share(0, 0, 0, 0);
    }

    /** Reads the text of a file as cpu.pressure; a line that is missing is no time lost. */
    static Pressure parse(String text) {
        Share some = Share.NONE;
        Share full = Share.NONE;
        for (String line : text.lines().toList()) {
            if (line.startsWith("some ")) {
                some = share(line);
            } else if (line.startsWith("full ")) {
                full = share(line);
            }
        }
        return new Pressure(some, full);
    }

    private static Share share(String line) {
        double[] averages = new double[3];
        long total = 0;
        for (String field : line.split(" ", -1)) {
            int equals = field.indexOf('=');
            String value = field.substring(equals + 1);
            switch (field.substring(0, Math.max(0, equals))) {
                case "avg10" -> averages[0] = Double.parseDouble(value);
                case "avg60" -> averages[1] = Double.parseDouble(value);
                case "avg300" -> averages[2] = Double.parseDouble(value);
                case "total" -> total = Long.parseLong(value);
                default -> {
                    // The first word, or what a later kernel adds.
                }
            }
        }
        return new Share(total, averages[0], averages[1], averages[2]);
    }
}
