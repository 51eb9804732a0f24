package io.gantry.runtime.oci;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.linux.spec.ConsoleSize;
import io.gantry.linux.spec.Hook;
import io.gantry.linux.spec.Process;
import io.gantry.linux.spec.Spec;
import io.gantry.linux.spec.SpecMount;
import java.util.Collection;
import java.util.Map;

/**
 * Specifications as the documents that the OCI runtime specification lays down: config.json, and
 * the process of an exec. What says nothing is left out, since a runtime may take an empty value
 * for a wish.
 */
public final class OciDocument {

    /** The oldest that has all that is written here: there are runtimes that take no other. */
    private static final String VERSION = "1.0.2";

    static final ObjectMapper JSON = new ObjectMapper();

    private OciDocument() {}

    /** config.json. */
    public static byte[] config(Spec spec) {
        return LinuxDocument.bytes(tree(spec));
    }

    /** What {@code exec --process} reads. */
    public static byte[] process(Process process) {
        return LinuxDocument.bytes(tree(process));
    }

    private static ObjectNode tree(Spec spec) {
        ObjectNode node = JSON.createObjectNode();
        node.put("ociVersion", VERSION);
        node.set("process", tree(spec.process()));
        node.putObject("root")
                .put("path", spec.root().path())
                .put("readonly", spec.root().readonly());
        put(node, "hostname", spec.hostname());
        ArrayNode mounts = node.putArray("mounts");
        for (SpecMount mount : spec.mounts()) {
            ObjectNode one = mounts.addObject().put("destination", mount.destination());
            one.put("type", mount.type()).put("source", mount.source());
            strings(one, "options", mount.options());
        }
        strings(node, "annotations", spec.annotations());
        spec.hooks().forEach(hook -> add(node.withObject("/hooks"), hook));
        node.set("linux", LinuxDocument.tree(spec.linux()));
        return node;
    }

    private static void add(ObjectNode hooks, Hook hook) {
        ObjectNode one = hooks.withArray("/" + hook.stage()).addObject().put("path", hook.path());
        strings(one, "args", hook.args());
        strings(one, "env", hook.env());
        if (hook.timeout() != null) {
            one.put("timeout", hook.timeout());
        }
    }

    private static ObjectNode tree(Process process) {
        ObjectNode node = JSON.createObjectNode();
        node.put("terminal", process.terminal());
        ConsoleSize size = process.consoleSize();
        if (size != null) {
            node.putObject("consoleSize").put("height", size.height()).put("width", size.width());
        }
        node.set("user", tree(process.user()));
        strings(node, "args", process.args());
        strings(node, "env", process.env());
        node.put("cwd", process.cwd().isEmpty() ? "/" : process.cwd());
        Process.Capabilities sets = process.capabilities();
        ObjectNode capabilities = node.putObject("capabilities");
        // All of them: a runtime that misses a set gives its own.
        all(capabilities, "bounding", sets.bounding());
        all(capabilities, "effective", sets.effective());
        all(capabilities, "inheritable", sets.inheritable());
        all(capabilities, "permitted", sets.permitted());
        all(capabilities, "ambient", sets.ambient());
        if (!process.rlimits().isEmpty()) {
            ArrayNode limits = node.putArray("rlimits");
            for (Process.Rlimit limit : process.rlimits()) {
                limits.addObject()
                        .put("type", limit.type())
                        .put("hard", LinuxDocument.unsigned(limit.hard()))
                        .put("soft", LinuxDocument.unsigned(limit.soft()));
            }
        }
        node.put("noNewPrivileges", process.noNewPrivileges());
        // Else it would have that of the shim, which the kernel is not to kill.
        Integer oomScore = process.oomScoreAdj();
        node.put("oomScoreAdj", oomScore == null ? 0 : oomScore);
        put(node, "apparmorProfile", process.apparmorProfile());
        put(node, "selinuxLabel", process.selinuxLabel());
        return node;
    }

    private static ObjectNode tree(Process.User user) {
        ObjectNode node = JSON.createObjectNode();
        node.put("uid", Integer.toUnsignedLong(user.uid()));
        node.put("gid", Integer.toUnsignedLong(user.gid()));
        node.put("umask", user.umask());
        if (!user.additionalGids().isEmpty()) {
            ArrayNode groups = node.putArray("additionalGids");
            user.additionalGids().forEach(gid -> groups.add(Integer.toUnsignedLong(gid)));
        }
        return node;
    }

    static void put(ObjectNode node, String name, String value) {
        if (!value.isEmpty()) {
            node.put(name, value);
        }
    }

    static void strings(ObjectNode node, String name, Collection<String> values) {
        if (!values.isEmpty()) {
            all(node, name, values);
        }
    }

    static void strings(ObjectNode node, String name, Map<String, String> values) {
        if (!values.isEmpty()) {
            ObjectNode map = node.putObject(name);
            values.forEach(map::put);
        }
    }

    private static void all(ObjectNode node, String name, Collection<String> values) {
        ArrayNode array = node.putArray(name);
        values.forEach(array::add);
    }
}
