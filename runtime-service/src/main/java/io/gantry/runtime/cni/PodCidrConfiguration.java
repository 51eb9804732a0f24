package io.gantry.runtime.cni;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.base.AtomicFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The network configuration that is made from a template once the kubelet knows which addresses are
 * for pods of this node. It is written only while nobody else has configured a network.
 */
final class PodCidrConfiguration {

    /** Behind what anybody else installs, so that it never stands before that. */
    static final String FILE = "99-gantry-pod-cidr.conflist";

    private static final Logger log = LoggerFactory.getLogger(PodCidrConfiguration.class);

    private final Path template;
    private final Path directory;
    private final ObjectMapper json;

    PodCidrConfiguration(Path template, Path directory, ObjectMapper json) {
        this.template = template;
        this.directory = directory;
        this.json = json;
    }

    /**
     * Writes it, or leaves it as it is when it says the same already.
     *
     * @param ranges of addresses, the primary family's first, at least one
     * @throws CniException when the template is missing or makes no network configuration
     */
    synchronized void write(List<String> ranges) throws IOException {
        CniConfigDirectory configured = new CniConfigDirectory(directory, json);
        List<Path> others =
                configured.files().stream().filter(file -> !file.endsWith(FILE)).toList();
        if (!others.isEmpty()) {
            log.atInfo()
                    .addKeyValue("configuration", others.getFirst())
                    .log("template of the network is not used: one is configured");
            return;
        }
        byte[] wanted = expand(ranges).getBytes(StandardCharsets.UTF_8);
        configured.parse(template, wanted);
        Path file = directory.resolve(FILE);
        if (Arrays.equals(wanted, bytes(file))) {
            return;
        }
        Files.createDirectories(directory);
        AtomicFiles.write(file, wanted, "rw-r--r--");
        log.atInfo().addKeyValue("file", file).log("network configured for the addresses of pods");
    }

    private String expand(List<String> ranges) throws IOException {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("PodCIDR", ranges.getFirst());
        fields.put("PodCIDRRanges", ranges);
        fields.put(
                "Routes",
                ranges.stream()
                        .map(range -> range.contains(":") ? "::/0" : "0.0.0.0/0")
                        .distinct()
                        .toList());
        try {
            return GoTemplate.parse(Files.readString(template)).expand(fields);
        } catch (NoSuchFileException e) {
            throw new CniException("no network template at " + template, e);
        } catch (CniException e) {
            throw new CniException("network template " + template + ": " + e.getMessage(), e);
        }
    }

    private static byte[] bytes(Path file) throws IOException {
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return new byte[0];
        }
    }
}
