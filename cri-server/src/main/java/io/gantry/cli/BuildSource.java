package io.gantry.cli;

import io.gantry.image.build.ignore.IgnoreRules;
import io.gantry.proto.build.Context;
import io.gantry.proto.build.Ignore;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The Dockerfile of a build and its contexts, with the ignore file that goes with each.
 *
 * @param dockerfile empty: it is in the context, which is elsewhere
 * @param ignore the ignore file of the build's own context
 */
record BuildSource(
        String dockerfileName,
        String dockerfile,
        Ignore ignore,
        List<Context> contexts,
        List<Optional<BuildContexts.Local>> locals,
        Optional<Path> temporary)
        implements AutoCloseable {

    private static final String IMAGE = "docker-image://";
    private static final String LAYOUT = "oci-layout://";

    /** Behind a directory, a tag or a digest or both. */
    private static final Pattern IN_LAYOUT = Pattern.compile("(.*?)(?::([^:/@]*))?(?:@([^@]*))?");

    /** A further context. */
    record Named(String name, String source) {

        /** Of an option. */
        static Named parse(String text) {
            int equals = text.indexOf('=');
            if (equals <= 0) {
                throw new UsageException("--build-context: '" + text + "' is not NAME=SOURCE");
            }
            return new Named(text.substring(0, equals), text.substring(equals + 1));
        }
    }

    private static final int TAR_MAGIC = 257;

    /**
     * Reads what the command line names.
     *
     * @param path a directory, or - for standard input
     * @param file the Dockerfile, - for standard input, or null for the usual one
     */
    static BuildSource open(
            String path, @Nullable String file, List<Named> named, InputStream stdin)
            throws IOException {
        if (path.equals("-") && "-".equals(file)) {
            throw new UsageException("the context and the Dockerfile cannot both come by stdin");
        }
        if (isRemote(path)) {
            return ofRemote(path, file, named, stdin);
        }
        List<Optional<BuildContexts.Local>> locals = new ArrayList<>();
        if (!path.equals("-")) {
            Path directory = Path.of(path);
            if (!Files.isDirectory(directory)) {
                throw new UsageException("path \"" + path + "\" is no directory");
            }
            return ofDirectory(directory, file, named, stdin, Optional.empty());
        }
        BufferedInputStream in = new BufferedInputStream(stdin, 1 << 16);
        if (isArchive(in)) {
            Path unpacked = unpack(in);
            return ofDirectory(unpacked, file, named, stdin, Optional.of(unpacked));
        }
        String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        List<Context> contexts = new ArrayList<>();
        addNamed(named, contexts, locals);
        return new BuildSource(
                "Dockerfile",
                text,
                Ignore.getDefaultInstance(),
                contexts,
                locals,
                Optional.empty());
    }

    /**
     * Whether a context is nothing of this machine; what it is exactly is for the daemon to say.
     */
    private static boolean isRemote(String path) {
        return path.matches("(?i)(https?|git|ssh)://.*|[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:.+");
    }

    private static BuildSource ofRemote(
            String path, @Nullable String file, List<Named> named, InputStream stdin)
            throws IOException {
        boolean given = "-".equals(file);
        String text = given ? new String(stdin.readAllBytes(), StandardCharsets.UTF_8) : "";
        if (given && text.isEmpty()) {
            throw new UsageException("the Dockerfile cannot be empty");
        }
        List<Context> contexts = new ArrayList<>();
        List<Optional<BuildContexts.Local>> locals = new ArrayList<>();
        contexts.add(Context.newBuilder().setRemote(path).build());
        locals.add(Optional.empty());
        addNamed(named, contexts, locals);
        return new BuildSource(
                file == null || given ? "Dockerfile" : file,
                text,
                Ignore.getDefaultInstance(),
                contexts,
                locals,
                Optional.empty());
    }

    /** The same for a build that is only looked at: no file of the client is wanted. */
    BuildSource toCheck() {
        List<Context> others = new ArrayList<>();
        for (Context each : contexts) {
            if (each.hasFiles() && !each.getName().isEmpty()) {
                others.add(
                        each.toBuilder().setScratch(Context.Scratch.getDefaultInstance()).build());
            } else if (!each.hasFiles()) {
                others.add(each);
            }
        }
        return new BuildSource(dockerfileName, dockerfile, ignore, others, List.of(), temporary);
    }

    private static BuildSource ofDirectory(
            Path directory,
            @Nullable String file,
            List<Named> named,
            InputStream stdin,
            Optional<Path> temporary)
            throws IOException {
        Path root = directory.toRealPath();
        String text;
        String name;
        Path at = null;
        if ("-".equals(file)) {
            text = new String(stdin.readAllBytes(), StandardCharsets.UTF_8);
            name = "Dockerfile";
        } else {
            at = dockerfile(root, file, temporary.isPresent());
            text = read(at);
            name = String.valueOf(at.getFileName());
        }
        List<Context> contexts = new ArrayList<>();
        List<Optional<BuildContexts.Local>> locals = new ArrayList<>();
        Optional<Path> ignoreFile = ignoreFile(root, at);
        add("", root, ignoreFile, contexts, locals, temporary.isPresent());
        addNamed(named, contexts, locals);
        return new BuildSource(name, text, ignore(ignoreFile), contexts, locals, temporary);
    }

    private static Path dockerfile(Path root, @Nullable String file, boolean inArchive) {
        if (file != null) {
            Path inside = root.resolve(file);
            Path given = Path.of(file);
            return inArchive || (!Files.exists(given) && Files.exists(inside)) ? inside : given;
        }
        Path usual = root.resolve("Dockerfile");
        Path lower = root.resolve("dockerfile");
        return !Files.exists(usual) && Files.exists(lower) ? lower : usual;
    }

    private static String read(Path file) throws IOException {
        try {
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new IOException(
                    "failed to read dockerfile: open " + file + ": no such file or directory", e);
        } catch (MalformedInputException e) {
            throw new IOException("failed to read dockerfile: " + file + " is not UTF-8", e);
        }
    }

    private static Optional<Path> ignoreFile(Path root, @Nullable Path dockerfile) {
        if (dockerfile != null) {
            Path own = dockerfile.resolveSibling(dockerfile.getFileName() + ".dockerignore");
            if (Files.isRegularFile(own)) {
                return Optional.of(own);
            }
        }
        return Optional.of(root.resolve(".dockerignore")).filter(Files::isRegularFile);
    }

    private static Ignore ignore(Optional<Path> file) throws IOException {
        return file.isEmpty()
                ? Ignore.getDefaultInstance()
                : Ignore.newBuilder()
                        .setName(String.valueOf(file.get().getFileName()))
                        .setText(Files.readString(file.get()))
                        .build();
    }

    private static void addNamed(
            List<Named> named, List<Context> contexts, List<Optional<BuildContexts.Local>> locals)
            throws IOException {
        for (Named each : named) {
            String name = each.name;
            String source = each.source;
            if (source.startsWith(IMAGE)) {
                contexts.add(image(name, source.substring(IMAGE.length())));
                locals.add(Optional.empty());
            } else if (source.startsWith(LAYOUT)) {
                addLayout(name, source.substring(LAYOUT.length()), contexts, locals);
            } else if (isRemote(source)) {
                contexts.add(Context.newBuilder().setName(name).setRemote(source).build());
                locals.add(Optional.empty());
            } else if (source.contains("://") || !Files.isDirectory(Path.of(source))) {
                throw new UsageException(
                        "--build-context: '"
                                + source
                                + "' is no directory, no address and neither "
                                + IMAGE
                                + " nor "
                                + LAYOUT);
            } else {
                Path root = Path.of(source).toRealPath();
                add(name, root, ignoreFile(root, null), contexts, locals, false);
            }
        }
    }

    private static void addLayout(
            String name,
            String text,
            List<Context> contexts,
            List<Optional<BuildContexts.Local>> locals)
            throws IOException {
        Matcher parts = IN_LAYOUT.matcher(text);
        if (!parts.matches() || !Files.isRegularFile(Path.of(parts.group(1), "oci-layout"))) {
            throw new UsageException(
                    "--build-context: '"
                            + LAYOUT
                            + text
                            + "' is no directory in the layout of OCI");
        }
        Path root = Path.of(parts.group(1)).toRealPath();
        String image =
                parts.group(3) != null
                        ? parts.group(3)
                        : parts.group(2) == null ? "" : parts.group(2);
        Context context =
                Context.newBuilder()
                        .setName(name)
                        .setFiles(
                                Context.Files.newBuilder()
                                        .setKey("layout " + root)
                                        .setLayout(Context.Layout.newBuilder().setImage(image)))
                        .build();
        contexts.add(context);
        locals.add(Optional.of(new BuildContexts.Local(context, root, IgnoreRules.none())));
    }

    private static Context image(String name, String reference) {
        Context.Builder context = Context.newBuilder().setName(name);
        return reference.equals("scratch")
                ? context.setScratch(Context.Scratch.getDefaultInstance()).build()
                : context.setImage(reference).build();
    }

    private static void add(
            String name,
            Path root,
            Optional<Path> ignoreFile,
            List<Context> contexts,
            List<Optional<BuildContexts.Local>> locals,
            boolean temporary)
            throws IOException {
        IgnoreRules rules =
                ignoreFile.isPresent()
                        ? IgnoreRules.parse(
                                String.valueOf(ignoreFile.get().getFileName()),
                                Files.readString(ignoreFile.get()))
                        : IgnoreRules.none();
        String key = temporary ? "archive" : "directory " + root;
        Context context =
                Context.newBuilder()
                        .setName(name)
                        .setFiles(Context.Files.newBuilder().setKey(key))
                        .build();
        contexts.add(context);
        locals.add(Optional.of(new BuildContexts.Local(context, root, rules)));
    }

    private static boolean isArchive(BufferedInputStream in) throws IOException {
        in.mark(1 << 10);
        byte[] head = in.readNBytes(512);
        in.reset();
        boolean packed =
                starts(head, 0x1f, 0x8b)
                        || starts(head, 'B', 'Z', 'h')
                        || starts(head, 0xfd, '7', 'z', 'X', 'Z')
                        || starts(head, 0x28, 0xb5, 0x2f, 0xfd);
        String tar = new String(head, StandardCharsets.ISO_8859_1);
        return packed || tar.startsWith("ustar", TAR_MAGIC);
    }

    private static boolean starts(byte[] head, int... magic) {
        for (int i = 0; i < magic.length; i++) {
            if (i >= head.length || (head[i] & 0xff) != magic[i]) {
                return false;
            }
        }
        return true;
    }

    /** By tar(1), which knows every way an archive can be packed, and stays below a directory. */
    private static Path unpack(InputStream in) throws IOException {
        Path directory = Files.createTempDirectory("gantry-context");
        Path archive = Files.createTempFile("gantry-context", ".tar");
        try {
            Files.copy(in, archive, StandardCopyOption.REPLACE_EXISTING);
            Process process =
                    new ProcessBuilder("tar", "-xf", archive.toString(), "-C", directory.toString())
                            .redirectErrorStream(true)
                            .start();
            String said =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException("cannot unpack the context: " + said.strip());
            }
            return directory;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while unpacking the context", e);
        } finally {
            Files.deleteIfExists(archive);
        }
    }

    @Override
    public void close() throws IOException {
        if (temporary.isEmpty()) {
            return;
        }
        List<Path> all;
        try (Stream<Path> below = Files.walk(temporary.get())) {
            all = below.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path each : all) {
            Files.deleteIfExists(each);
        }
    }
}
