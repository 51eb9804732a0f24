package io.gantry.cri.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import io.gantry.base.IpSubnet;
import io.gantry.cri.config.CriServerConfig.Build;
import io.gantry.cri.config.CriServerConfig.Cadvisor;
import io.gantry.cri.config.CriServerConfig.CgroupDriver;
import io.gantry.cri.config.CriServerConfig.ContainerRuntime;
import io.gantry.cri.config.CriServerConfig.Handler;
import io.gantry.cri.config.CriServerConfig.Image;
import io.gantry.cri.config.CriServerConfig.Log;
import io.gantry.cri.config.CriServerConfig.LogFormat;
import io.gantry.cri.config.CriServerConfig.LogLevel;
import io.gantry.cri.config.CriServerConfig.Metrics;
import io.gantry.cri.config.CriServerConfig.Registry;
import io.gantry.cri.config.CriServerConfig.RegistryAuth;
import io.gantry.cri.config.CriServerConfig.Streaming;
import io.gantry.cri.config.CriServerConfig.StreamingTimeouts;
import io.gantry.cri.config.CriServerConfig.Transfers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes the configuration out of defaults, the file and the command line. */
public final class ConfigLoader {

    private static final Path NO_FILE = Path.of("");

    private ConfigLoader() {}

    /**
     * What the command line says; null where it says nothing.
     *
     * @param file the configuration file
     */
    public record Flags(
            @Nullable Path file,
            @Nullable Path root,
            @Nullable Path state,
            @Nullable Path socket,
            @Nullable LogLevel logLevel) {

        /** An empty command line. */
        public static Flags none() {
            return new Flags(null, null, null, null, null);
        }
    }

    /**
     * Loads and checks the configuration. The file that {@code flags} name must be there; {@link
     * CriServerConfig#DEFAULT_FILE} may be missing.
     *
     * @throws ConfigException when the file cannot be read, or says something that is unknown or
     *     will not work
     */
    public static CriServerConfig load(Flags flags) {
        return load(flags, CriServerConfig.DEFAULT_FILE);
    }

    static CriServerConfig load(Flags flags, Path defaultFile) {
        Path file = flags.file() == null ? defaultFile : flags.file();
        ConfigTable top = new ConfigTable(file, parse(file, flags.file() != null));
        CriServerConfig defaults = CriServerConfig.defaults();
        Path state = or(flags.state(), top.path("state", defaults::state));
        Path socket = top.path("socket", () -> CriServerConfig.defaultSocket(state));
        Path root = or(flags.root(), top.path("root", defaults::root));
        Registry registry = registry(top.table("registry"), defaults.registry());
        Image image = image(top.table("image"), defaults.image());
        CniConfig cni = cni(top.table("cni"), defaults.cni());
        Log log = log(top.table("log"), defaults.log());
        ContainerRuntime runtime = runtime(top.table("runtime"), defaults.runtime());
        Streaming streaming = streaming(top.table("streaming"), defaults.streaming());
        Metrics metrics = metrics(top.table("metrics"), defaults.metrics());
        Build build = build(top.table("build"), defaults.build());
        Cadvisor cadvisor = new Cadvisor(optionalPath(top.table("cadvisor"), "socket"));
        List<Handler> handlers = handlers(top.table("handlers"), state);
        top.rejectUnknown();
        return new CriServerConfig(
                root,
                state,
                or(flags.socket(), socket),
                registry,
                image,
                cni,
                flags.logLevel() == null ? log : log.withLevel(flags.logLevel()),
                runtime,
                streaming,
                metrics,
                build,
                cadvisor,
                handlers);
    }

    private static Registry registry(ConfigTable table, Registry defaults) {
        ConfigTable auths = table.table("auth");
        Map<String, RegistryAuth> auth = new LinkedHashMap<>();
        for (String host : auths.keys()) {
            auth.put(host, auth(auths.table(host)));
        }
        return new Registry(
                table.paths("config_path", defaults.configPath()),
                optionalPath(table, "credentials_file"),
                auth,
                optionalPath(table, "signature_policy"),
                transfers(table, defaults.transfers()));
    }

    private static @Nullable Path optionalPath(ConfigTable table, String name) {
        Path path = table.path(name, () -> NO_FILE);
        return path.equals(NO_FILE) ? null : path;
    }

    private static RegistryAuth auth(ConfigTable table) {
        return new RegistryAuth(
                table.text("username"),
                table.text("password"),
                table.text("auth"),
                table.text("identity_token"),
                table.text("registry_token"));
    }

    private static Transfers transfers(ConfigTable table, Transfers defaults) {
        return new Transfers(
                table.number("connections_per_host", 1, defaults.connectionsPerHost()),
                table.number("ranges_per_blob", 0, defaults.rangesPerBlob()),
                table.number("range_threshold_mib", 1, defaults.rangeThresholdMib()));
    }

    private static Image image(ConfigTable table, Image defaults) {
        return new Image(table.texts("pinned", defaults.pinned()));
    }

    private static CniConfig cni(ConfigTable table, CniConfig defaults) {
        List<String> subnets =
                table.texts(
                        "default_subnets",
                        defaults.defaultSubnets().stream().map(IpSubnet::toString).toList());
        return new CniConfig(
                table.paths("bin_dirs", defaults.binDirs()),
                table.path("conf_dir", defaults::confDir),
                table.number("max_conf_num", 0, defaults.maxConfNum()),
                table.word("ip_pref", CniConfig.IpPref.class, defaults.ipPref()),
                optionalPath(table, "conf_template"),
                table.flag("default_network", defaults.defaultNetwork()),
                subnets.stream().map(CniConfig::subnet).toList());
    }

    private static Log log(ConfigTable table, Log defaults) {
        return new Log(
                table.word("level", LogLevel.class, defaults.level()),
                table.word("format", LogFormat.class, defaults.format()));
    }

    private static ContainerRuntime runtime(ConfigTable table, ContainerRuntime defaults) {
        return new ContainerRuntime(
                table.word("cgroup_driver", CgroupDriver.class, defaults.cgroupDriver()),
                table.paths("cdi_spec_dirs", defaults.cdiSpecDirs()),
                table.flag("enable_selinux", defaults.enableSelinux()));
    }

    private static Streaming streaming(ConfigTable table, Streaming defaults) {
        String address = table.text("address");
        StreamingTimeouts timeouts = defaults.timeouts();
        return new Streaming(
                address.isEmpty() ? defaults.address() : address,
                table.number("port", 0, defaults.port()),
                optionalPath(table, "tls_cert_file"),
                optionalPath(table, "tls_key_file"),
                new StreamingTimeouts(
                        table.number("idle_timeout_seconds", 1, timeouts.idleSeconds()),
                        table.number("creation_timeout_seconds", 1, timeouts.creationSeconds())));
    }

    private static Metrics metrics(ConfigTable table, Metrics defaults) {
        String address = table.text("address");
        return new Metrics(
                address.isEmpty() ? defaults.address() : address,
                table.number("port", 0, defaults.port()));
    }

    private static Build build(ConfigTable table, Build defaults) {
        return new Build(
                table.number("keep_mib", 0, defaults.keepMib()),
                table.number("keep_days", 0, defaults.keepDays()));
    }

    private static List<Handler> handlers(ConfigTable table, Path state) {
        List<Handler> handlers = new ArrayList<>();
        for (String name : table.keys()) {
            ConfigTable handler = table.table(name);
            handlers.add(
                    new Handler(
                            name,
                            handler.path("path", () -> NO_FILE),
                            handler.path("root", () -> state.resolve("runtimes").resolve(name))));
        }
        return handlers;
    }

    private static Path or(@Nullable Path flag, Path otherwise) {
        return flag == null ? otherwise : flag;
    }

    private static JsonNode parse(Path file, boolean required) {
        try {
            String text = Files.readString(file);
            // The parser and what it loads are not needed where nothing is configured.
            return text.isBlank() ? empty() : new TomlMapper().readTree(text);
        } catch (NoSuchFileException e) {
            if (required) {
                throw new ConfigException("no configuration file at " + file, e);
            }
            return empty();
        } catch (JsonProcessingException e) {
            throw new ConfigException(
                    file
                            + ": line "
                            + e.getLocation().getLineNr()
                            + ": "
                            + e.getOriginalMessage().lines().findFirst().orElse("not TOML"),
                    e);
        } catch (IOException e) {
            throw new ConfigException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    private static JsonNode empty() {
        return JsonNodeFactory.instance.objectNode();
    }
}
