package io.gantry.e2e.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The outcome: as JSON, and as a table that compares the first runtime with the others. */
final class Report {

    private static final String MEMORY = "(daemon, |per pod).*";

    private final Settings settings;
    private final List<CriRuntime> runtimes;

    Report(Settings settings, List<CriRuntime> runtimes) {
        this.settings = settings;
        this.runtimes = runtimes;
    }

    String json() throws IOException {
        ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        ObjectNode root = json.createObjectNode();
        root.put("kernel", line("/proc/sys/kernel/osrelease"));
        root.put("cpus", Runtime.getRuntime().availableProcessors());
        root.put("load", line("/proc/loadavg"));
        root.put("pods", settings.counts().pods());
        ObjectNode all = root.putObject("runtimes");
        for (CriRuntime runtime : runtimes) {
            ObjectNode one = all.putObject(runtime.name());
            one.put("version", runtime.version());
            ObjectNode times = one.putObject("milliseconds");
            ObjectNode sizes = one.putObject("kibibytes");
            runtime.samples()
                    .summaries()
                    .forEach((name, s) -> put(name.matches(MEMORY) ? sizes : times, name, s));
        }
        return json.writeValueAsString(root);
    }

    private static void put(ObjectNode node, String name, Samples.Summary summary) {
        ObjectNode entry = node.putObject(name);
        entry.put("n", summary.n());
        entry.put("median", rounded(summary.median()));
        entry.put("p95", rounded(summary.p95()));
    }

    private static double rounded(double value) {
        return Math.round(value * 100) / 100.0;
    }

    /** Markdown. */
    String table() {
        StringBuilder table = new StringBuilder("| what | n |");
        for (CriRuntime runtime : runtimes) {
            table.append(" ").append(runtime.version()).append(": median | p95 |");
        }
        table.append(" ratio |\n|---|--:|").append("--:|--:|".repeat(runtimes.size()));
        table.append("--:|\n");
        Map<String, Samples.Summary> own = runtimes.get(0).samples().summaries();
        own.forEach((name, summary) -> row(table, name, summary));
        return table.toString();
    }

    private void row(StringBuilder table, String name, Samples.Summary own) {
        table.append("| ").append(name).append(" | ").append(own.n()).append(" |");
        StringBuilder ratios = new StringBuilder();
        for (CriRuntime runtime : runtimes) {
            Samples.Summary summary = runtime.samples().summaries().get(name);
            if (summary == null) {
                table.append(" – | – |");
                continue;
            }
            table.append(" ").append(value(name, summary.median())).append(" |");
            table.append(" ").append(value(name, summary.p95())).append(" |");
            if (runtime != runtimes.get(0) && summary.median() > 0) {
                double ratio = own.median() / summary.median();
                ratios.append(String.format(Locale.ROOT, " %.2f", ratio));
            }
        }
        table.append(ratios.isEmpty() ? " –" : ratios).append(" |\n");
    }

    private static String value(String name, double value) {
        return name.matches(MEMORY)
                ? String.format(Locale.ROOT, "%.2f MB", value / 1024)
                : String.format(Locale.ROOT, value < 100 ? "%.1f ms" : "%.0f ms", value);
    }

    private static String line(String file) throws IOException {
        return Files.readString(Path.of(file)).strip();
    }
}
