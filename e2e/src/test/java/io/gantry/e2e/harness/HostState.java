package io.gantry.e2e.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a daemon could leave on the machine, each thing by a name; things of others are not seen.
 * Zombies do not count: whoever inherits them reaps when it likes.
 */
public record HostState(Map<String, Integer> things) {

    /** What the daemon keeps open for good, or by its own cache: its files, its client, HTTP. */
    private static final List<String> OWN_FILES =
            List.of(".jar", ".so", "/lock", "/modules", "gantryd.log");

    /** Observes. */
    public static HostState of(GantryDaemon daemon) {
        Observer observer = new Observer(daemon);
        observer.mounts();
        observer.cgroups();
        observer.processes();
        observer.links();
        observer.files(daemon.state(), List.of());
        observer.files(
                daemon.root(),
                List.of("content", "snapshots", "l", "trash", "build-contexts", "build-mounts"));
        observer.descriptors();
        return new HostState(observer.things);
    }

    /** What is here and was not there, or more of it. */
    public List<String> beyond(HostState before) {
        List<String> more = new ArrayList<>();
        things.forEach(
                (thing, count) -> {
                    int old = before.things.getOrDefault(thing, 0);
                    if (count > old + allowance(thing)) {
                        more.add(count == 1 ? thing : thing + " (" + old + " -> " + count + ")");
                    }
                });
        return more;
    }

    /** A carrier of virtual threads has a poller, made when one on it first waits for a socket. */
    private static int allowance(String thing) {
        return thing.contains("anon_inode:[event") ? Runtime.getRuntime().availableProcessors() : 0;
    }

    private static final class Observer {
        private final GantryDaemon daemon;
        private final Map<String, Integer> things = new TreeMap<>();

        Observer(GantryDaemon daemon) {
            this.daemon = daemon;
        }

        private void add(String kind, Object thing) {
            things.merge(kind + " " + thing, 1, Integer::sum);
        }

        void mounts() {
            String home = daemon.root().getParent() + "/";
            for (String line : Texts.read(Path.of("/proc/self/mountinfo")).lines().toList()) {
                String point = line.split(" ", -1)[4];
                if (point.startsWith(home)) {
                    add("mount", point);
                }
            }
        }

        void cgroups() {
            String parent = daemon.cgroupParent().substring(1);
            for (Path hierarchy : hierarchies()) {
                files("cgroup", hierarchy.resolve(parent), true, List.of());
            }
        }

        private static List<Path> hierarchies() {
            return Texts.read(Path.of("/proc/self/mountinfo"))
                    .lines()
                    .filter(line -> line.contains(" - cgroup"))
                    .map(line -> Path.of(line.split(" ", -1)[4]))
                    .toList();
        }

        /** Supervisors, and whatever is in a control group of the daemon's. */
        void processes() {
            String shim = GantryDaemon.tree().resolve("libexec/gantry-shim").toString();
            try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
                for (Path process : all) {
                    boolean ours =
                            isShim(process, shim)
                                    || Texts.read(process.resolve("cgroup"))
                                            .contains(":" + daemon.cgroupParent());
                    if (ours && !isZombie(process)) {
                        String words = Texts.read(process.resolve("cmdline")).replace('\0', ' ');
                        add("process", process.getFileName() + " " + words.strip());
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static boolean isShim(Path process, String shim) {
            try {
                return Files.readSymbolicLink(process.resolve("exe")).toString().startsWith(shim);
            } catch (IOException gone) {
                return false;
            }
        }

        private static boolean isZombie(Path process) {
            String stat = Texts.read(process.resolve("stat"));
            String state = stat.substring(stat.lastIndexOf(')') + 1).strip();
            return state.isEmpty() || state.startsWith("Z") || state.startsWith("X");
        }

        void links() {
            daemon.network().links().forEach(link -> add("network link", link));
        }

        void files(Path directory, List<String> except) {
            files("file", directory, false, except);
        }

        private void files(String kind, Path top, boolean directoriesOnly, List<String> except) {
            try {
                Files.walkFileTree(
                        top,
                        new SimpleFileVisitor<>() {
                            @Override
                            public FileVisitResult preVisitDirectory(
                                    Path directory, BasicFileAttributes attributes) {
                                boolean skip =
                                        top.equals(directory.getParent())
                                                && except.contains(
                                                        directory.getFileName().toString());
                                if (!skip) {
                                    add(kind, directory);
                                }
                                return skip
                                        ? FileVisitResult.SKIP_SUBTREE
                                        : FileVisitResult.CONTINUE;
                            }

                            @Override
                            public FileVisitResult visitFile(
                                    Path file, BasicFileAttributes attributes) {
                                boolean database =
                                        file.getFileName().toString().startsWith("gantry.db");
                                if (!directoriesOnly && !database) {
                                    add(kind, file);
                                }
                                return FileVisitResult.CONTINUE;
                            }

                            @Override
                            public FileVisitResult visitFileFailed(Path file, IOException e) {
                                return FileVisitResult.CONTINUE;
                            }
                        });
            } catch (NoSuchFileException e) {
                // Not there, so nothing is left in it.
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /**
         * By kind: which pipe it is says nothing. Sockets of HTTP connections are kept for reuse.
         */
        void descriptors() {
            if (!daemon.isAlive()) {
                return;
            }
            Path process = Path.of("/proc", Long.toString(daemon.pid()));
            List<String> internet = internetSockets(process);
            try (DirectoryStream<Path> all = Files.newDirectoryStream(process.resolve("fd"))) {
                for (Path each : all) {
                    describe(each, internet).ifPresent(kind -> add("open file of gantryd", kind));
                }
            } catch (IOException e) {
                // It has just ended, which takes them along.
                things.keySet().removeIf(thing -> thing.startsWith("open file"));
            }
        }

        private static Optional<String> describe(Path descriptor, List<String> internet) {
            String target;
            try {
                target = Files.readSymbolicLink(descriptor).toString();
            } catch (IOException gone) {
                return Optional.empty();
            }
            boolean own =
                    OWN_FILES.stream().anyMatch(target::endsWith) || target.contains("gantry.db");
            if (own || internet.contains(target)) {
                return Optional.empty();
            }
            return Optional.of(target.replaceFirst(":\\[\\d+]$", ""));
        }

        private static List<String> internetSockets(Path process) {
            List<String> sockets = new ArrayList<>();
            for (String table : List.of("tcp", "tcp6", "udp", "udp6")) {
                List<String> lines =
                        Texts.read(process.resolve("net").resolve(table)).lines().toList();
                for (String line : lines.isEmpty() ? lines : lines.subList(1, lines.size())) {
                    sockets.add("socket:[" + line.strip().split("\\s+", -1)[9] + "]");
                }
            }
            return Collections.unmodifiableList(sockets);
        }
    }
}
