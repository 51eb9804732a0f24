package io.gantry;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Holds the size norms: what is too long to be read at once is cut, not excused. */
class SourceSizeTest {

    private static final int MAIN_LINES = 450;
    private static final int MAIN_MEDIAN = 110;
    private static final int TEST_LINES = 700;
    private static final int METHOD_LINES = 50;
    private static final int TEST_METHOD_LINES = 60;
    private static final int PARAMETERS = 6;
    private static final int C_LINES = 700;

    private static final int SHIM_LINES = 2000;

    /** Methods by path; each with its reason. The list may only shrink. */
    private static final Set<String> EXCUSED =
            Set.of(
                    // The signature is syscall(2)'s own: a number and six arguments.
                    "isolation-linux/src/main/java/io/gantry/linux/syscall/Libc.java#syscall");

    private static final Pattern TODO =
            Pattern.compile("\\b(TODO|FIXME|XXX|HACK)\\b(?!\\(#\\d+\\))");

    @Test
    void mainFilesStayBelowTheCap() throws IOException {
        assertThat(longerThan(MAIN_LINES, Sources.java("main"))).isEmpty();
    }

    @Test
    void theMedianMainFileIsShort() throws IOException {
        List<Integer> lines = new ArrayList<>();
        for (Path file : Sources.java("main")) {
            lines.add(linesOf(file));
        }
        lines.sort(null);
        assertThat(lines.get(lines.size() / 2)).isLessThanOrEqualTo(MAIN_MEDIAN);
    }

    @Test
    void testFilesStayBelowTheCap() throws IOException {
        assertThat(longerThan(TEST_LINES, Sources.java("test"))).isEmpty();
    }

    @Test
    void methodsStayShortAndTakeFewParameters() throws IOException {
        assertThat(methods().filter(each -> !EXCUSED.contains(each.method()))).isEmpty();
    }

    @Test
    void everyExcuseIsStillNeeded() throws IOException {
        assertThat(methods().map(Offence::method)).containsAll(EXCUSED);
    }

    private static Stream<Offence> methods() throws IOException {
        return Stream.concat(
                measure(Sources.java("main"), METHOD_LINES).stream(),
                measure(Sources.java("test"), TEST_METHOD_LINES).stream());
    }

    /**
     * What is wrong with a method.
     *
     * @param method path of its file and its name
     */
    private record Offence(String method, String what) {}

    @Test
    void theShimStaysSmall() throws IOException {
        List<Path> files =
                Stream.concat(
                                Sources.files("src/main/c", ".c").stream(),
                                Sources.files("src/main/c", ".h").stream())
                        .toList();
        assertThat(longerThan(C_LINES, files)).isEmpty();
        int total = 0;
        for (Path file : files) {
            total += linesOf(file);
        }
        assertThat(total).isLessThanOrEqualTo(SHIM_LINES);
    }

    @Test
    void everyPackageIsNullMarkedAndExplained() throws IOException {
        List<String> offences = new ArrayList<>();
        for (Path file : Sources.java("main")) {
            Path info = file.resolveSibling("package-info.java");
            String text = Files.exists(info) ? Files.readString(info) : "";
            if (!text.contains("@NullMarked") || !text.startsWith("/**")) {
                offences.add(Sources.name(info));
            }
        }
        assertThat(offences.stream().distinct()).isEmpty();
    }

    @Test
    void everyPublicTypeIsDocumented() throws IOException {
        List<String> offences = new ArrayList<>();
        for (Path file : Sources.java("main")) {
            String text = Files.readString(file);
            int type = indexOfPublicType(text);
            if (type >= 0 && text.lastIndexOf("*/", type) < 0) {
                offences.add(Sources.name(file));
            }
        }
        assertThat(offences).isEmpty();
    }

    @Test
    void thingsToDoNameTheirIssue() throws IOException {
        List<String> offences = new ArrayList<>();
        for (Path file : Sources.java("main")) {
            if (TODO.matcher(Files.readString(file)).find()) {
                offences.add(Sources.name(file));
            }
        }
        assertThat(offences).isEmpty();
    }

    private static int indexOfPublicType(String text) {
        return Pattern.compile(
                        "^public [a-z -]*(class|interface|record|enum|@interface) ",
                        Pattern.MULTILINE)
                .matcher(text)
                .results()
                .mapToInt(result -> result.start())
                .findFirst()
                .orElse(-1);
    }

    private static List<String> longerThan(int cap, List<Path> files) throws IOException {
        List<String> offences = new ArrayList<>();
        for (Path file : files) {
            if (linesOf(file) > cap) {
                offences.add(Sources.name(file) + ": " + linesOf(file) + " lines");
            }
        }
        return offences;
    }

    private static int linesOf(Path file) throws IOException {
        return Math.toIntExact(Files.readString(file).lines().count());
    }

    /** Parses the files, no more, and names the methods that are too long or take too much. */
    private static List<Offence> measure(List<Path> files, int maxLines) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<Offence> offences = new ArrayList<>();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            JavacTask task =
                    (JavacTask)
                            compiler.getTask(
                                    null,
                                    manager,
                                    null,
                                    List.of("-proc:none"),
                                    null,
                                    manager.getJavaFileObjectsFromPaths(files));
            Ruler ruler = new Ruler(Trees.instance(task).getSourcePositions(), maxLines, offences);
            for (CompilationUnitTree unit : task.parse()) {
                ruler.scan(unit, unit);
            }
        }
        return offences;
    }

    private static final class Ruler extends TreePathScanner<@Nullable Void, CompilationUnitTree> {

        private final SourcePositions positions;
        private final int maxLines;
        private final List<Offence> offences;

        Ruler(SourcePositions positions, int maxLines, List<Offence> offences) {
            this.positions = positions;
            this.maxLines = maxLines;
            this.offences = offences;
        }

        @Override
        public @Nullable Void visitMethod(MethodTree method, CompilationUnitTree unit) {
            String name = nameOf(method, unit);
            LineMap map = unit.getLineMap();
            long lines =
                    map.getLineNumber(positions.getEndPosition(unit, method))
                            - map.getLineNumber(positions.getStartPosition(unit, method))
                            + 1;
            if (lines > maxLines) {
                offences.add(new Offence(name, lines + " lines"));
            }
            List<? extends VariableTree> parameters = method.getParameters();
            if (parameters.size() > PARAMETERS && !ofRecord()) {
                offences.add(new Offence(name, parameters.size() + " parameters"));
            }
            return super.visitMethod(method, unit);
        }

        /** The components of a record are data, and no parameters to keep in mind. */
        private boolean ofRecord() {
            return getCurrentPath().getParentPath().getLeaf() instanceof ClassTree type
                    && type.getKind() == Tree.Kind.RECORD;
        }

        private static String nameOf(MethodTree method, CompilationUnitTree unit) {
            Path file = Path.of(unit.getSourceFile().toUri());
            return Sources.name(file) + "#" + method.getName();
        }
    }
}
