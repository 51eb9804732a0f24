package io.gantry.e2e.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;

/**
 * A CNI plugin that makes no network, but notes down who holds an address of it, and fails or waits
 * on demand: faults at an exact step of a pod's life.
 */
public final class GatePlugin {

    private final Path directory;

    private GatePlugin(Path directory) {
        this.directory = directory;
    }

    /** Makes it the network of a daemon that does not run. */
    public static GatePlugin install(Path home, GantryDaemon daemon) throws IOException {
        Path directory = Files.createDirectories(home.resolve("gate"));
        Files.createDirectories(directory.resolve("held"));
        Path bin = Files.createDirectories(directory.resolve("bin"));
        Path program = Files.writeString(bin.resolve("gate"), script(directory));
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(
                daemon.cniConfig().resolve("10-gate.conflist"),
                """
                {"cniVersion": "1.0.0", "name": "gate", "plugins": [{"type": "gate"}]}
                """);
        String config = Files.readString(daemon.config());
        Files.writeString(
                daemon.config(),
                config.replace("[cni]\n", "[cni]\nbin_dirs = [\"%s\"]\n".formatted(bin)));
        return new GatePlugin(directory);
    }

    /** From now on it fails at that verb. */
    public void fail(String verb) throws IOException {
        Files.createFile(directory.resolve(verb + ".fail"));
    }

    /** From now on it waits in that verb. */
    public void hold(String verb) throws IOException {
        Files.deleteIfExists(directory.resolve(verb + ".at"));
        Files.deleteIfExists(directory.resolve(verb + ".done"));
        Files.createFile(directory.resolve(verb + ".hold"));
    }

    /** Waits until it waits. */
    public void awaitAt(String verb) {
        Path at = directory.resolve(verb + ".at");
        Await.until("plugin in " + verb, Await.seconds(20), () -> Files.exists(at));
    }

    /** Waits until it went to its end, since {@link #hold}. */
    public void awaitDone(String verb) {
        Path done = directory.resolve(verb + ".done");
        Await.until("end of plugin in " + verb, Await.seconds(20), () -> Files.exists(done));
    }

    /** It neither fails nor waits any more. */
    public void letGo() throws IOException {
        for (String verb : List.of("ADD", "DEL")) {
            Files.deleteIfExists(directory.resolve(verb + ".fail"));
            Files.deleteIfExists(directory.resolve(verb + ".hold"));
        }
    }

    /** The pods that hold an address. */
    public List<String> held() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("held"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static String script(Path directory) {
        return """
        #!/bin/sh
        dir=%s
        cat > /dev/null
        if [ -e "$dir/$CNI_COMMAND.fail" ]; then
            echo '{"cniVersion":"1.0.0","code":100,"msg":"the plugin was told to fail"}'
            exit 1
        fi
        if [ -e "$dir/$CNI_COMMAND.hold" ]; then
            : > "$dir/$CNI_COMMAND.at"
            while [ -e "$dir/$CNI_COMMAND.hold" ]; do sleep 0.02; done
        fi
        case $CNI_COMMAND in
        ADD) : > "$dir/held/$CNI_CONTAINERID" ;;
        DEL) rm -f "$dir/held/$CNI_CONTAINERID" ;;
        esac
        # Before it writes: a daemon that has died does not read.
        : > "$dir/$CNI_COMMAND.done"
        case $CNI_COMMAND in
        ADD)
            echo '{"cniVersion":"1.0.0","interfaces":[{"name":"eth0","sandbox":"/x"}],
                "ips":[{"address":"10.99.0.2/24","interface":0}]}' ;;
        VERSION) echo '{"cniVersion":"1.0.0","supportedVersions":["1.0.0"]}' ;;
        esac
        """
                .formatted(directory);
    }
}
