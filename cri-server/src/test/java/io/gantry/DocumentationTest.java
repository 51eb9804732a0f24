package io.gantry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Keeps the documents true: what they name is there. */
class DocumentationTest {

    private static final Path DOCS = Sources.ROOT.resolve("docs");

    @Test
    void everyMakeTargetThatIsNamedExists() throws IOException {
        Set<String> targets =
                all("^([a-z0-9-]+):", Files.readString(Sources.ROOT.resolve("Makefile")));
        for (Path document : documents()) {
            assertThat(targets)
                    .as(Sources.name(document))
                    .containsAll(all("`make ([a-z0-9-]+)[^`]*`", Files.readString(document)));
        }
    }

    @Test
    void everyClassThatTheArchitectureNamesExists() throws IOException {
        Set<String> classes =
                Sources.java("main").stream()
                        .map(file -> file.getFileName().toString().replace(".java", ""))
                        .collect(Collectors.toSet());
        String text = Files.readString(DOCS.resolve("architecture.md"));
        Set<String> named = all("`([A-Z][a-z]+(?:[A-Z][A-Za-z0-9]*)+)(?:\\.[a-z]\\w*)?`", text);
        assertThat(named).as("class names in the page").isNotEmpty();
        // Names of the CRI's calls are written as those of classes are.
        named.removeAll(all("rpc (\\w+)\\(", criContract()));
        assertThat(classes).containsAll(named);
    }

    @Test
    void everyScenarioThatIsNamedExists() throws IOException {
        for (Path document : documents()) {
            for (String name : all("`(\\w+E2eIT\\.\\w+)`", Files.readString(document))) {
                String[] parts = name.split("\\.", 2);
                assertThat(Sources.java("test"))
                        .as("%s names %s", Sources.name(document), name)
                        .anyMatch(file -> hasTest(file, parts[0], parts[1]));
            }
        }
    }

    private static boolean hasTest(Path file, String type, String method) {
        try {
            return file.getFileName().toString().equals(type + ".java")
                    && Files.readString(file).contains("void " + method + "(");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void everyLinkBetweenDocumentsLeadsSomewhere() throws IOException {
        for (Path document : documents()) {
            for (String target : all("]\\(([^):#]+)[^):]*\\)", Files.readString(document))) {
                assertThat(document.resolveSibling(target).normalize())
                        .as("link in " + Sources.name(document))
                        .exists();
            }
        }
    }

    private static List<Path> documents() throws IOException {
        try (Stream<Path> files = Files.walk(DOCS)) {
            List<Path> found =
                    new ArrayList<>(files.filter(file -> file.toString().endsWith(".md")).toList());
            found.add(Sources.ROOT.resolve("README.md"));
            return found;
        }
    }

    private static String criContract() throws IOException {
        return Files.readString(
                Sources.ROOT.resolve("proto/src/main/proto/runtime/v1/runtime.proto"));
    }

    private static Set<String> all(String pattern, String text) {
        return Pattern.compile(pattern, Pattern.MULTILINE)
                .matcher(text)
                .results()
                .map((MatchResult result) -> result.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
