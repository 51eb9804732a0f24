package io.gantry.runtime.cdi;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Directories in which vendors describe devices, in files whose names end in .json or .yaml. They
 * are read when a container asks for a device, so what a vendor's program has just written counts.
 * Thread-safe.
 *
 * @param paths of which later ones take precedence; those that are missing are empty
 */
public record CdiDirectories(List<Path> paths) {

    /** Beyond what vendors write by far; the whole of a file is held in memory. */
    private static final long MAX_BYTES = 4L << 20;

    public CdiDirectories {
        paths = List.copyOf(paths);
    }

    /** No directory, no device. */
    public static CdiDirectories none() {
        return new CdiDirectories(List.of());
    }

    /** What is described. A file that cannot be used is told of where a device is missed. */
    public CdiCatalog read() {
        List<List<CdiSpec>> directories = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        for (Path path : paths) {
            directories.add(read(path, failures));
        }
        return new CdiCatalog(directories, failures);
    }

    private static List<CdiSpec> read(Path directory, List<String> failures) {
        List<CdiSpec> specs = new ArrayList<>();
        for (Path file : files(directory, failures)) {
            try {
                specs.add(CdiSpecParser.parse(file.toString(), tree(file)));
            } catch (MalformedCdiSpecException e) {
                failures.add(e.getMessage());
            } catch (NoSuchFileException e) {
                // Gone since it was listed: it describes nothing any more.
            } catch (IOException e) {
                failures.add("CDI specification " + file + ": " + firstLine(e));
            }
        }
        return specs;
    }

    private static List<Path> files(Path directory, List<String> failures) {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, "*.{json,yaml}")) {
            entries.forEach(files::add);
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            failures.add("directory of CDI specifications " + directory + ": " + e);
        }
        files.sort(Comparator.naturalOrder());
        return files;
    }

    private static JsonNode tree(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            // Reading a pipe would wait for a writer.
            throw Files.exists(file)
                    ? new IOException("it is no file")
                    : new NoSuchFileException(file.toString());
        }
        long size = Files.size(file);
        if (size > MAX_BYTES) {
            throw new IOException("it has " + size + " bytes, more than " + MAX_BYTES);
        }
        return mapper(file).readTree(Files.readAllBytes(file));
    }

    /** Made when needed: a node without devices never loads the parsers. */
    private static ObjectMapper mapper(Path file) {
        JsonFactory format =
                file.toString().endsWith(".json") ? new JsonFactory() : new YAMLFactory();
        format.enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
        return new ObjectMapper(format).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    }

    private static String firstLine(IOException failure) {
        return String.valueOf(failure.getMessage()).lines().findFirst().orElse("it is unreadable");
    }
}
