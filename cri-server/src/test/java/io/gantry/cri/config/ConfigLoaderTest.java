package io.gantry.cri.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.IpSubnet;
import io.gantry.cri.config.ConfigLoader.Flags;
import io.gantry.cri.config.CriServerConfig.CgroupDriver;
import io.gantry.cri.config.CriServerConfig.ContainerRuntime;
import io.gantry.cri.config.CriServerConfig.LogFormat;
import io.gantry.cri.config.CriServerConfig.LogLevel;
import io.gantry.cri.config.CriServerConfig.RegistryAuth;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigLoaderTest {

    private static final String EVERY_KEY =
            """
            root = "/data/gantry"
            state = "/run/other"
            socket = "/run/other.sock"

            [registry]
            config_path = ["/data/certs.d"]
            credentials_file = "/data/config.json"
            signature_policy = "/data/signatures.toml"
            connections_per_host = 9
            ranges_per_blob = 0
            range_threshold_mib = 1
            [registry.auth."registry.example:5000"]
            username = "alice"
            password = "secret"
            auth = "eDp5"
            identity_token = "i"
            registry_token = "r"

            [image]
            pinned = ["registry.k8s.io/pause*"]

            [cni]
            bin_dirs = ["/data/cni/bin"]
            conf_dir = "/data/cni/net.d"
            max_conf_num = 2
            ip_pref = "cni"
            conf_template = "/data/cni/template"
            default_network = true
            default_subnets = ["10.1.0.0/16", "fd00::/64"]

            [log]
            level = "debug"
            format = "json"

            [runtime]
            cgroup_driver = "cgroupfs"
            cdi_spec_dirs = ["/data/cdi"]
            enable_selinux = true

            [streaming]
            address = "::1"
            port = 10010
            tls_cert_file = "/data/tls.crt"
            tls_key_file = "/data/tls.key"
            idle_timeout_seconds = 60
            creation_timeout_seconds = 5

            [metrics]
            address = "::1"
            port = 9469

            [build]
            keep_mib = 2048
            keep_days = 30

            [cadvisor]
            socket = "/run/containerd/containerd.sock"

            [handlers.other]
            path = "/usr/sbin/other"
            root = "/data/other"
            """;

    @TempDir Path dir;

    @Test
    void defaults() {
        CriServerConfig config = ConfigLoader.load(Flags.none(), dir.resolve("missing.toml"));

        assertThat(config).isEqualTo(CriServerConfig.defaults());
        assertThat(config.root()).isEqualTo(Path.of("/var/lib/gantry"));
        assertThat(config.state()).isEqualTo(Path.of("/run/gantry"));
        assertThat(config.socket()).isEqualTo(Path.of("/run/gantry/gantry.sock"));
        assertThat(config.registry().configPath())
                .containsExactly(
                        Path.of("/etc/gantry/certs.d"),
                        Path.of("/etc/containerd/certs.d"),
                        Path.of("/etc/docker/certs.d"));
        assertThat(config.image().pinned()).isEmpty();
        assertThat(config.cni().binDirs())
                .containsExactly(Path.of("/opt/cni/bin"), Path.of("/usr/lib/cni"));
        assertThat(config.cni().confDir()).isEqualTo(Path.of("/etc/cni/net.d"));
        assertThat(config.log().level()).isEqualTo(LogLevel.INFO);
        assertThat(config.log().format()).isEqualTo(LogFormat.TEXT);
        assertThat(config.runtime().cgroupDriver()).isEqualTo(CgroupDriver.AUTO);
        assertThat(config.runtime().enableSelinux()).isFalse();
        assertThat(config.runtime().cdiSpecDirs())
                .containsExactly(Path.of("/etc/cdi"), Path.of("/var/run/cdi"));
    }

    @Test
    void lookupsOfACadvisorAreAnsweredNowhereUnlessASocketIsNamed() {
        assertThat(CriServerConfig.defaults().cadvisor().socket()).isNull();
        assertThatThrownBy(() -> load("[cadvisor]\nsocket = \"here\"\n"))
                .hasMessage("cadvisor.socket is \"here\": it must be an absolute path");
        assertThatThrownBy(() -> load("socket = \"/s\"\n[cadvisor]\nsocket = \"/s\"\n"))
                .hasMessage("socket and cadvisor.socket are both /s: they must differ");
    }

    @Test
    void streamsAreServedOnLoopbackAtAnyPortUnlessToldOtherwise() {
        CriServerConfig.Streaming streaming = CriServerConfig.defaults().streaming();

        assertThat(streaming.address()).isEqualTo("127.0.0.1");
        assertThat(streaming.port()).isZero();
        assertThat(streaming.tlsCertFile()).isNull();
        assertThat(streaming.timeouts().idleSeconds()).isEqualTo(4 * 60 * 60);
        assertThat(streaming.timeouts().creationSeconds()).isEqualTo(30);
    }

    @Test
    void whatMakesNoStreamingServerIsReported() {
        assertThatThrownBy(() -> load("[streaming]\naddress = \"localhost\"\n"))
                .hasMessage("streaming.address is \"localhost\", which is no IP address");
        assertThatThrownBy(() -> load("[streaming]\nport = 65536\n"))
                .hasMessage("streaming.port is 65536: the last is 65535");
        assertThatThrownBy(() -> load("[streaming]\ntls_key_file = \"/k\"\n"))
                .hasMessageContaining("one is missing");
        assertThatThrownBy(() -> load("[streaming]\nidle_timeout_seconds = 0\n"))
                .hasMessageContaining("streaming.idle_timeout_seconds must be a whole number of 1");
    }

    @Test
    void whatBuildsKeepIsUnboundedUnlessBoundsAreGiven() throws IOException {
        assertThat(CriServerConfig.defaults().build()).isEqualTo(new CriServerConfig.Build(0, 0));
        assertThat(load(EVERY_KEY).build()).isEqualTo(new CriServerConfig.Build(2048, 30));
    }

    @Test
    void metricsAreServedNowhereUnlessAPortIsNamed() {
        assertThat(CriServerConfig.defaults().metrics().port()).isZero();
        assertThat(CriServerConfig.defaults().metrics().address()).isEqualTo("127.0.0.1");
        assertThatThrownBy(() -> load("[metrics]\naddress = \"any\"\n"))
                .hasMessage("metrics.address is \"any\", which is no IP address");
        assertThatThrownBy(() -> load("[metrics]\nport = 70000\n"))
                .hasMessage("metrics.port is 70000: the last is 65535");
    }

    @Test
    void everyKeyIsMapped() throws Exception {
        Set<String> same = new TreeSet<>();
        collectUnchanged("", load(EVERY_KEY), CriServerConfig.defaults(), same);

        assertThat(same).isEmpty();
    }

    @Test
    void aHandlerNeedsANameThatAPodCanSayAndTheBinaryOfItsRuntime() throws IOException {
        assertThat(load("state = \"/s\"\n[handlers.runc]\npath = \"/runc\"\n").handlers())
                .containsExactly(
                        new CriServerConfig.Handler(
                                "runc", Path.of("/runc"), Path.of("/s/runtimes/runc")));
        assertThatThrownBy(() -> load("[handlers.runc]\n"))
                .hasMessageContaining("handlers.runc has no path");
        assertThatThrownBy(() -> load("[handlers.runc]\npath = \"runc\"\n"))
                .hasMessageContaining("handlers.runc.path");
        assertThatThrownBy(() -> load("[handlers.Big]\npath = \"/runc\"\n"))
                .hasMessageContaining("\"Big\"");
        assertThatThrownBy(() -> load("[handlers.runc]\npath = \"/runc\"\nrooot = \"/r\"\n"))
                .hasMessageContaining("handlers.runc.rooot");
    }

    @Test
    void podsHaveOneNetworkAndPreferIpv4UnlessToldOtherwise() throws IOException {
        assertThat(CriServerConfig.defaults().cni().maxConfNum()).isEqualTo(1);
        assertThat(CriServerConfig.defaults().cni().ipPref()).isEqualTo(CniConfig.IpPref.IPV4);
        assertThat(load("[cni]\nmax_conf_num = 0\n").cni().maxConfNum()).isZero();
        assertThatThrownBy(() -> load("[cni]\nmax_conf_num = -1\n"))
                .hasMessageEndingWith("cni.max_conf_num must be a whole number of 0 or more");
        assertThatThrownBy(() -> load("[cni]\nip_pref = \"v4\"\n"))
                .hasMessageEndingWith("cni.ip_pref must be one of \"ipv4\", \"ipv6\", \"cni\"");
    }

    @Test
    void podsHaveNoNetworkOfGantrysOwnUnlessToldOtherwise() throws IOException {
        assertThat(CriServerConfig.defaults().cni().defaultNetwork()).isFalse();
        assertThat(load("[cni]\ndefault_network = true\n").cni().defaultSubnets())
                .containsExactly(IpSubnet.parse("10.91.0.0/16"));
        assertThat(load(EVERY_KEY).cni().defaultSubnets())
                .containsExactly(IpSubnet.parse("10.1.0.0/16"), IpSubnet.parse("fd00::/64"));
        assertThatThrownBy(() -> load("[cni]\ndefault_network = 1\n"))
                .hasMessageEndingWith("cni.default_network must be true or false");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'10.1.2.3/16' | \"10.1.2.3/16\" is no subnet: 10.1.2.3 is in the midst of a"
                        + " subnet",
                "'10.1.0.0/30' | has 10.1.0.0/30, whose prefix is not from /8 to /29",
                "'fd00::/32' | whose prefix is not from /48 to /125",
                "'127.0.0.0/8' | has 127.0.0.0/8, which no pod can have an address of",
                "'10.1.0.0/16', '10.2.0.0/16' | has two subnets of one family",
                " | default_subnets is empty"
            })
    void aSubnetOfTheDefaultNetworkMustBeOneThatPodsCanHave(String subnets, String reason) {
        String list = subnets == null ? "" : subnets;
        assertThatThrownBy(() -> load("[cni]\ndefault_subnets = [" + list + "]\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("cni.default_subnets")
                .hasMessageContaining(reason);
    }

    @Test
    void credentialsAreKeptByHostAndNotPrinted() throws IOException {
        CriServerConfig.Registry registry = load(EVERY_KEY).registry();

        assertThat(registry.auth())
                .containsExactly(
                        Map.entry(
                                "registry.example:5000",
                                new RegistryAuth("alice", "secret", "eDp5", "i", "r")));
        assertThat(registry.toString()).doesNotContain("secret", "eDp5", "alice");
    }

    @Test
    void aMisspelledKeyOfCredentialsIsReported() {
        assertThatThrownBy(() -> load("[registry.auth.\"a.example\"]\nuser = \"x\"\n"))
                .hasMessageContaining("unknown key \"registry.auth.a.example.user\"");
        assertThatThrownBy(() -> load("[registry.auth.\"a.example\"]\npassword = 3\n"))
                .hasMessageEndingWith("registry.auth.a.example.password must be a string");
    }

    @Test
    void malformedCredentialsAreReportedWithoutBeingRepeated() {
        for (String auth : List.of("hunter2", "aHVudGVyMg==")) {
            assertThatThrownBy(() -> load("[registry.auth.\"a\"]\nauth = \"" + auth + "\"\n"))
                    .isInstanceOf(ConfigException.class)
                    .hasMessage("registry.auth: auth is not user:password in base64");
        }
    }

    @Test
    void limitsOfTransfersMustBePossible() {
        assertThatThrownBy(() -> load("[registry]\nconnections_per_host = 0\n"))
                .hasMessageEndingWith(
                        "registry.connections_per_host must be a whole number of 1 or more");
        assertThatThrownBy(() -> load("[registry]\nranges_per_blob = 1.5\n"))
                .hasMessageEndingWith(
                        "registry.ranges_per_blob must be a whole number of 0 or more");
    }

    @Test
    void flagsOverrideTheFile() throws IOException {
        Path file = write(EVERY_KEY);
        CriServerConfig config =
                ConfigLoader.load(
                        new Flags(
                                file,
                                Path.of("/flag/root"),
                                Path.of("/flag/state"),
                                Path.of("/flag/socket"),
                                LogLevel.ERROR));

        assertThat(config.root()).isEqualTo(Path.of("/flag/root"));
        assertThat(config.state()).isEqualTo(Path.of("/flag/state"));
        assertThat(config.socket()).isEqualTo(Path.of("/flag/socket"));
        assertThat(config.log().level()).isEqualTo(LogLevel.ERROR);
        assertThat(config.log().format()).isEqualTo(LogFormat.JSON);
    }

    @Test
    void theSocketFollowsTheStateDirectory() {
        Flags flags = new Flags(null, null, Path.of("/run/second"), null, null);

        assertThat(ConfigLoader.load(flags, dir.resolve("missing.toml")).socket())
                .isEqualTo(Path.of("/run/second/gantry.sock"));
    }

    @Test
    void aNamedFileMustExist() {
        Path file = dir.resolve("missing.toml");

        assertThatThrownBy(() -> ConfigLoader.load(new Flags(file, null, null, null, null)))
                .isInstanceOf(ConfigException.class)
                .hasMessage("no configuration file at " + file);
    }

    @Test
    void anUnknownKeyIsReportedWithTheNearestOne() {
        assertThatThrownBy(() -> load("[cni]\nbin_dir = [\"/x\"]\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageEndingWith(
                        "config.toml: unknown key \"cni.bin_dir\"; did you mean"
                                + " \"cni.bin_dirs\"?");
    }

    @Test
    void aKeyInTheWrongTableIsReportedWithItsPlace() {
        assertThatThrownBy(() -> load("config_path = [\"/x\"]\n"))
                .hasMessageEndingWith(
                        "unknown key \"config_path\"; did you mean \"registry.config_path\"?");
    }

    @Test
    void anUnknownTableIsReported() {
        assertThatThrownBy(() -> load("[loging]\nlevel = \"info\"\n"))
                .hasMessageEndingWith("unknown key \"loging\"; did you mean \"log\"?");
    }

    @Test
    void aGlobThatNoNameCanFitIsRefused() {
        assertThatThrownBy(() -> load("[image]\npinned = [\"pause *\"]\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessage(
                        "image.pinned has \"pause *\", which is no name of an image: it is empty or"
                                + " has a space");
        assertThatThrownBy(() -> load("[image]\npinned = [3]\n"))
                .hasMessageEndingWith("image.pinned must be an array of strings");
    }

    @Test
    void aSyntaxErrorNamesTheLine() {
        assertThatThrownBy(() -> load("root = \"/a\"\nstate = = 3\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("config.toml: line 2: ");
    }

    @Test
    void aValueOfAnotherTypeIsRefused() {
        assertThatThrownBy(() -> load("root = 3\n"))
                .hasMessageEndingWith("root must be a path in quotes");
        assertThatThrownBy(() -> load("cni = 3\n")).hasMessageEndingWith("cni must be a table");
        assertThatThrownBy(() -> load("[cni]\nbin_dirs = \"/x\"\n"))
                .hasMessageEndingWith("cni.bin_dirs must be an array of strings");
        assertThatThrownBy(() -> load("[log]\nlevel = \"loud\"\n"))
                .hasMessageEndingWith(
                        "log.level must be one of \"trace\", \"debug\", \"info\", \"warn\","
                                + " \"error\"");
    }

    @Test
    void cgroupDriverIsOneOfThree() throws Exception {
        for (CgroupDriver driver : CgroupDriver.values()) {
            String word = driver.name().toLowerCase(Locale.ROOT);
            assertThat(load("[runtime]\ncgroup_driver = \"" + word + "\"\n").runtime())
                    .extracting(ContainerRuntime::cgroupDriver)
                    .isEqualTo(driver);
        }
        assertThatThrownBy(() -> load("[runtime]\ncgroup_driver = \"docker\"\n"))
                .hasMessageEndingWith(
                        "runtime.cgroup_driver must be one of \"auto\", \"cgroupfs\", \"systemd\"");
    }

    @Test
    void pathsMustBeAbsoluteAndPlain() {
        assertThatThrownBy(() -> load("root = \"data\"\n"))
                .hasMessage("root is \"data\": it must be an absolute path");
        assertThatThrownBy(() -> load("root = \"/data/../x\"\n"))
                .hasMessage("root is \"/data/../x\": it must be plain, as /x");
        assertThatThrownBy(() -> load("root = \"/\"\n"))
                .hasMessage("root is /: name a directory of its own");
    }

    @Test
    void aRootThatOverlayMountsCannotTakeIsRefused() {
        assertThatThrownBy(() -> load("root = \"/a:b\"\n"))
                .hasMessage("root is /a:b: overlay mounts allow neither ':' nor ',' in it");
    }

    @Test
    void theLongestSocketPathThatTheKernelTakesIsTaken() throws IOException {
        String longest = "/" + "s".repeat(106);

        assertThat(load("socket = \"" + longest + "\"\n").socket()).isEqualTo(Path.of(longest));
        assertThatThrownBy(() -> load("socket = \"" + longest + "s\"\n"))
                .hasMessageContaining("108 bytes, but the kernel allows 107 at most");
    }

    @Test
    void aStateDirectoryMustLeaveRoomForThePodsSockets() throws IOException {
        String longest = "/" + "s".repeat(79);

        assertThat(load("state = \"" + longest + "\"\n").state()).isEqualTo(Path.of(longest));
        assertThatThrownBy(() -> load("state = \"" + longest + "s\"\n"))
                .hasMessageContaining("81 bytes, but pods' sockets in it allow 80 at most");
    }

    @Test
    void rootAndStateMustDiffer() {
        assertThatThrownBy(() -> load("root = \"/a\"\nstate = \"/a\"\n"))
                .hasMessage("root and state are both /a: they must differ");
    }

    @Test
    void anEmptyListOfPluginDirectoriesIsRefused() {
        assertThatThrownBy(() -> load("[cni]\nbin_dirs = []\n"))
                .hasMessageStartingWith("cni.bin_dirs is empty");
    }

    private static void collectUnchanged(
            String path, Record changed, Record defaults, Set<String> same) throws Exception {
        for (RecordComponent component : changed.getClass().getRecordComponents()) {
            String name = path + "." + component.getName();
            Object left = component.getAccessor().invoke(changed);
            Object right = component.getAccessor().invoke(defaults);
            if (left instanceof Record record) {
                collectUnchanged(name, record, (Record) right, same);
            } else if (left.equals(right)) {
                same.add(name);
            }
        }
    }

    private CriServerConfig load(String toml) throws IOException {
        return ConfigLoader.load(new Flags(write(toml), null, null, null, null));
    }

    private Path write(String toml) throws IOException {
        return Files.writeString(dir.resolve("config.toml"), toml);
    }
}
