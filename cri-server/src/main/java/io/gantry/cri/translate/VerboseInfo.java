package io.gantry.cri.translate;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.gantry.cri.config.CriServerConfig;
import io.gantry.image.manifest.ContainerDefaults;
import io.gantry.image.service.Image;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.exec.ExecInfo;
import io.gantry.runtime.oci.HandlerReport;
import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.pod.PodNetwork;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.ShimProcess;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;

/** The free-form JSON of verbose statuses; never the environment that a container was given. */
public final class VerboseInfo {

    private static final JsonFactory JSON = new JsonFactory();

    private VerboseInfo() {}

    @FunctionalInterface
    private interface Fields {
        void write(JsonGenerator json) throws IOException;
    }

    /** Of a sandbox: the shim's pid, which is in the pod's namespaces, and where it is. */
    public static String of(PodSandbox pod) {
        ShimProcess shim = pod.status().shim();
        return object(
                json -> {
                    json.writeNumberField("pid", shim == null ? 0 : shim.pid());
                    json.writeStringField("state", pod.state().name());
                    json.writeStringField("reason", pod.status().reason());
                    json.writeStringField("hostname", pod.hostname());
                    json.writeStringField("cgroup", pod.cgroup());
                    json.writeStringField("runtimeHandler", pod.runtimeHandler());
                    write(json, "overhead", pod.config().overhead());
                    write(json, "resources", pod.config().resources());
                });
    }

    /** Of the network of a sandbox: what plugins said of it, and what they have to say now. */
    public static String of(PodNetwork.Inspection network) {
        return object(
                json -> {
                    json.writeFieldName("cniResult");
                    json.writeRawValue(network.result());
                    json.writeStringField("problem", network.problem());
                });
    }

    /** Of a container: its pid and the commands that run in it. */
    public static String of(Container container, List<ExecInfo> execs) {
        return object(
                json -> {
                    json.writeStringField("sandboxID", container.podSandboxId().value());
                    json.writeNumberField("pid", container.status().pid());
                    json.writeStringField("cgroup", container.cgroup());
                    json.writeStringField("stopSignal", container.stopSignal().name());
                    json.writeArrayFieldStart("execs");
                    for (ExecInfo exec : execs) {
                        json.writeStartObject();
                        json.writeStringField("id", exec.id());
                        json.writeNumberField("pid", exec.pid());
                        json.writeStringField("startedAt", exec.startedAt().toString());
                        json.writeEndObject();
                    }
                    json.writeEndArray();
                });
    }

    /** Of an image: what identifies its file system, and what it says of itself. */
    public static String of(Image image) {
        ContainerDefaults defaults = image.config().defaults();
        return object(
                json -> {
                    json.writeStringField("chainID", image.chainId().toString());
                    json.writeStringField("manifestDigest", image.manifestDigest().toString());
                    json.writeStringField("pulled", image.pulled().toString());
                    if (image.isArtifact()) {
                        json.writeStringField("artifactType", image.artifactType());
                    }
                    json.writeObjectFieldStart("imageSpec");
                    json.writeStringField("os", image.config().platform().os());
                    json.writeStringField("architecture", image.config().platform().architecture());
                    json.writeObjectFieldStart("config");
                    json.writeStringField("User", defaults.user());
                    json.writeStringField("WorkingDir", defaults.workingDir());
                    json.writeStringField("StopSignal", defaults.stopSignal());
                    writeStrings(json, "Entrypoint", defaults.entrypoint());
                    writeStrings(json, "Cmd", defaults.cmd());
                    writeStrings(json, "Env", defaults.env());
                    json.writeEndObject();
                    json.writeEndObject();
                });
    }

    /** Of the daemon: what it was told. */
    public static String of(CriServerConfig config) {
        return object(
                json -> {
                    json.writeStringField("rootDir", config.root().toString());
                    json.writeStringField("stateDir", config.state().toString());
                    json.writeStringField("socket", config.socket().toString());
                    json.writeStringField(
                            "registryConfigPath", config.registry().configPath().toString());
                    json.writeStringField("cniBinDirs", config.cni().binDirs().toString());
                    json.writeStringField("cniConfDir", config.cni().confDir().toString());
                    json.writeNumberField("maxContainerLogLineSize", 16_384);
                });
    }

    /** Of the OCI runtimes: where they are, what is wrong with them, what they can do. */
    public static String of(List<HandlerReport> reports) {
        return object(
                json -> {
                    for (HandlerReport report : reports) {
                        json.writeObjectFieldStart(report.handler().name());
                        json.writeStringField("path", report.handler().binary());
                        json.writeStringField("root", report.handler().root());
                        json.writeStringField("problem", report.problem());
                        json.writeBooleanField(
                                "recursiveReadOnlyMounts",
                                report.features().recursiveReadOnlyMounts());
                        json.writeEndObject();
                    }
                });
    }

    private static void write(JsonGenerator json, String name, LinuxResources resources)
            throws IOException {
        json.writeObjectFieldStart(name);
        json.writeNumberField("cpuPeriod", resources.cpuPeriod());
        json.writeNumberField("cpuQuota", resources.cpuQuota());
        json.writeNumberField("cpuShares", resources.cpuShares());
        json.writeNumberField("memoryLimitInBytes", resources.memoryLimit());
        json.writeNumberField("memorySwapLimitInBytes", resources.memorySwapLimit());
        json.writeEndObject();
    }

    private static void writeStrings(JsonGenerator json, String name, List<String> values)
            throws IOException {
        json.writeArrayFieldStart(name);
        for (String value : values) {
            json.writeString(value);
        }
        json.writeEndArray();
    }

    private static String object(Fields fields) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            fields.write(json);
            json.writeEndObject();
        } catch (IOException e) {
            // A string takes everything.
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }
}
