import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;

/**
 * Rewrites the classes of a jar that predate stack maps (before Java 6), with stack maps. The JVM
 * keeps such old classes out of its AOT cache and verifies them the slow way, which picocli, that is
 * compiled for Java 5, would make most of the client's start-up time.
 *
 * <p>{@code java Modernise.java JAR}
 */
final class Modernise {

    private static final int JAVA_8 = 52;
    private static final int JAVA_6 = 50;

    private final ClassFile classes;

    private Modernise(ClassLoader loader) {
        classes =
                ClassFile.of(
                        ClassFile.ClassHierarchyResolverOption.of(
                                ClassHierarchyResolver.ofResourceParsing(loader)
                                        .orElse(ClassHierarchyResolver.defaultResolver())),
                        ClassFile.StackMapsOption.GENERATE_STACK_MAPS);
    }

    public static void main(String[] args) throws IOException {
        Path jar = Path.of(args[0]);
        Path made = Path.of(args[0] + ".new");
        try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()})) {
            new Modernise(loader).rewrite(jar, made);
        }
        Files.setLastModifiedTime(made, Files.getLastModifiedTime(jar));
        Files.move(made, jar, StandardCopyOption.ATOMIC_MOVE);
    }

    private void rewrite(Path jar, Path made) throws IOException {
        try (JarFile from = new JarFile(jar.toFile());
                JarOutputStream to = new JarOutputStream(Files.newOutputStream(made))) {
            for (JarEntry entry : (Iterable<JarEntry>) from.stream()::iterator) {
                byte[] bytes = from.getInputStream(entry).readAllBytes();
                JarEntry copy = new JarEntry(entry.getName());
                copy.setTime(entry.getTime());
                to.putNextEntry(copy);
                to.write(entry.getName().endsWith(".class") ? modernised(bytes) : bytes);
                to.closeEntry();
            }
        }
    }

    private byte[] modernised(byte[] bytes) {
        ClassModel model = classes.parse(bytes);
        if (model.majorVersion() >= JAVA_6) {
            return bytes;
        }
        return classes.transformClass(
                model,
                ClassTransform.endHandler(builder -> builder.withVersion(JAVA_8, 0))
                        // Bodies that are passed on element by element are written anew.
                        .andThen(
                                ClassTransform.transformingMethodBodies(
                                        (code, element) -> code.with(element))));
    }
}
