package io.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.image.registry.RegistryHost.Capability;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostDirectoryTest {

    @TempDir private Path certs;

    @Test
    void registryWithoutConfigurationIsAskedByHttps() {
        assertThat(urls("quay.io")).containsExactly("https://quay.io/v2");
        assertThat(urls("docker.io")).containsExactly("https://registry-1.docker.io/v2");
        assertThat(hosts("quay.io").getFirst().isOrigin()).isTrue();
        assertThat(hosts("quay.io").getFirst().connect().tls()).isEqualTo(TlsSettings.SYSTEM);
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost:5000", "127.0.0.1:5000", "127.9.9.9", "[::1]:5000"})
    void loopbackRegistryIsAskedByHttpToo(String registry) {
        assertThat(urls(registry))
                .containsExactly("https://" + registry + "/v2", "http://" + registry + "/v2");
        assertThat(hosts(registry).getFirst().isUncertainOfTls()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1.example:5000", "localhost.example", "128.0.0.1"})
    void nameThatOnlyLooksLikeLoopbackIsAskedByHttpsOnly(String registry) {
        assertThat(urls(registry)).containsExactly("https://" + registry + "/v2");
    }

    @Test
    void allKeysAreRead() throws Exception {
        write(
                "docker.io",
                """
                server = "https://docker.io"
                [host."https://first.example:8443"]
                  capabilities = ["pull", "resolve", "referrers"]
                  skip_verify = true
                  ca = "ca.pem"
                  client = [["a.cert", "a.key"], ["both.pem"]]
                  dial_timeout = "5s"
                  [host."https://first.example:8443".header]
                    x-one = "1"
                    x-two = ["a", "b"]
                [host."http://second.example/base/v2/"]
                  override_path = true
                  ca = ["/abs/one.pem", "two.pem"]
                """);
        List<RegistryHost> hosts = hosts("docker.io");
        assertThat(urls("docker.io"))
                .containsExactly(
                        "https://first.example:8443/v2",
                        "http://second.example/base/v2",
                        "https://registry-1.docker.io/v2");
        RegistryHost first = hosts.getFirst();
        assertThat(first.capabilities())
                .containsOnly(Capability.PULL, Capability.RESOLVE, Capability.REFERRERS);
        assertThat(first.isOrigin()).isFalse();
        assertThat(first.namespace()).isEqualTo("docker.io");
        assertThat(first.headers()).containsEntry("x-two", List.of("a", "b"));
        assertThat(first.connect().dialTimeout()).isEqualTo(Duration.ofSeconds(5));
        Path directory = certs.resolve("docker.io");
        assertThat(first.connect().tls())
                .isEqualTo(
                        new TlsSettings(
                                true,
                                List.of(directory.resolve("ca.pem")),
                                List.of(
                                        new TlsSettings.ClientCertificate(
                                                directory.resolve("a.cert"),
                                                directory.resolve("a.key")),
                                        new TlsSettings.ClientCertificate(
                                                directory.resolve("both.pem"), null))));
        assertThat(hosts.get(1).connect().tls().authorities())
                .containsExactly(Path.of("/abs/one.pem"), directory.resolve("two.pem"));
        assertThat(hosts.get(2).isOrigin()).isTrue();
        assertThat(hosts.get(2).namespace()).isEmpty();
    }

    @Test
    void registryItselfIsAskedLastWhenTheFileNamesNoServer() throws Exception {
        write("quay.io", "[host.\"https://mirror.example\"]\n");
        assertThat(urls("quay.io"))
                .containsExactly("https://mirror.example/v2", "https://quay.io/v2");
    }

    @Test
    void registryListedAsAHostOfItsOwnIsTheRegistry() throws Exception {
        write("quay.io", "[host.\"https://quay.io:443\"]\nskip_verify = true\n");
        assertThat(hosts("quay.io").getFirst().isOrigin()).isTrue();
        assertThat(hosts("quay.io").getFirst().namespace()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "registry.example:5000, registry.example_5000_",
        "registry.example:5000, registry.example:5000",
        "registry.example:5000, _default",
        "registry.example, registry.example",
        "registry.example, _default"
    })
    void directoryIsNamedAfterTheRegistry(String registry, String directory) throws Exception {
        write(directory, "[host.\"https://mirror.example\"]\n");
        assertThat(urls(registry)).contains("https://mirror.example/v2");
    }

    @Test
    void dockersCertificatesAreUsedWhereThereIsNoFile() throws Exception {
        Path directory = Files.createDirectories(certs.resolve("quay.io"));
        Files.createFile(directory.resolve("ca.crt"));
        Files.createFile(directory.resolve("client.cert"));
        assertThatThrownBy(() -> hosts("quay.io"))
                .hasMessageContaining("client.cert has no key")
                .hasMessageContaining("client.key");
        Files.createFile(directory.resolve("client.key"));
        assertThat(hosts("quay.io").getFirst().connect().tls())
                .isEqualTo(
                        new TlsSettings(
                                false,
                                List.of(directory.resolve("ca.crt")),
                                List.of(
                                        new TlsSettings.ClientCertificate(
                                                directory.resolve("client.cert"),
                                                directory.resolve("client.key")))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "sever = 'x'|: sever is not a known key",
                "server = 7|: server is not a string",
                "server = 'ftp://x'|: server is not an http or https URL: ftp://x",
                "server = 'https://user@x'|: server is not an http or https URL: https://user@x",
                "host = 'x'|: host is not a table",
                "[host.'https://m']\\nskip_verify = 'yes'"
                        + "|: host.'https://m'.skip_verify is neither true nor false",
                "[host.'https://m']\\nskip_verfy = true"
                        + "|: host.'https://m'.skip_verfy is not a known key",
                "[host.'https://m']\\ncapabilities = ['fly']"
                        + "|: host.'https://m'.capabilities has no 'fly'",
                "[host.'https://m']\\nca = 7"
                        + "|: host.'https://m'.ca is neither a string nor an array of strings",
                "[host.'https://m']\\nclient = [['a','b','c']]"
                        + "|: host.'https://m'.client is neither a file nor a pair of files",
                "[host.'https://m']\\ndial_timeout = 'soon'"
                        + "|: host.'https://m'.dial_timeout is not a duration such as 30s: soon",
                "[host.'https://m']\\ndial_timeout = 0"
                        + "|: host.'https://m'.dial_timeout is not positive",
                "[host.'https://m'.header]\\nHost = 'other'"
                        + "|: host.'https://m'.header.Host cannot be sent: ",
                "[host.'not a url']|: host.'not a url' is not a URL: not a url",
                "server = |:1: "
            })
    void badFileIsRefusedNamingFileAndKey(String toml, String message) throws Exception {
        write("quay.io", toml.replace('\'', '"').replace("\\n", "\n"));
        assertThatThrownBy(() -> hosts("quay.io"))
                .isInstanceOf(HostsFileException.class)
                .hasMessageStartingWith(
                        certs.resolve("quay.io/hosts.toml") + message.replace('\'', '"'));
    }

    private List<RegistryHost> hosts(String registry) {
        return new HostDirectory(List.of(certs.resolve("absent"), certs)).hosts(registry);
    }

    private List<String> urls(String registry) {
        return hosts(registry).stream().map(host -> host.api().toString()).toList();
    }

    private void write(String directory, String toml) throws Exception {
        Files.createDirectories(certs.resolve(directory));
        Files.writeString(certs.resolve(directory).resolve("hosts.toml"), toml);
    }
}
