package io.gantry.runtime.oci;

import static io.gantry.runtime.oci.OciDocument.JSON;
import static io.gantry.runtime.oci.OciDocument.put;
import static io.gantry.runtime.oci.OciDocument.strings;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.base.error.InternalException;
import io.gantry.linux.cgroup.CgroupPath;
import io.gantry.linux.spec.LinuxSpec;
import io.gantry.linux.spec.Resources;
import io.gantry.linux.spec.Seccomp;
import java.math.BigInteger;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The part of config.json that only Linux has (config-linux.md). */
final class LinuxDocument {

    private LinuxDocument() {}

    static ObjectNode tree(LinuxSpec linux) {
        ObjectNode node = JSON.createObjectNode();
        ArrayNode namespaces = node.putArray("namespaces");
        for (LinuxSpec.Namespace namespace : linux.namespaces()) {
            ObjectNode one = namespaces.addObject();
            one.put("type", namespace.type().name().toLowerCase(Locale.ROOT));
            put(one, "path", namespace.path());
        }
        mappings(node, "uidMappings", linux.uidMappings());
        mappings(node, "gidMappings", linux.gidMappings());
        ArrayNode devices = node.putArray("devices");
        linux.devices().forEach(device -> devices.add(tree(device)));
        put(node, "cgroupsPath", cgroupsPath(linux.cgroupsPath()));
        node.set("resources", tree(linux.resources()));
        if (linux.seccomp() != null) {
            node.set("seccomp", tree(linux.seccomp()));
        }
        put(node, "rootfsPropagation", linux.rootfsPropagation());
        strings(node, "maskedPaths", linux.maskedPaths());
        strings(node, "readonlyPaths", linux.readonlyPaths());
        strings(node, "sysctl", linux.sysctl());
        put(node, "mountLabel", linux.mountLabel());
        return node;
    }

    /** Of systemd's it is not the path that a runtime is told. */
    private static String cgroupsPath(String path) {
        if (path.isEmpty()) {
            return path;
        }
        CgroupPath group = new CgroupPath(path);
        return group.isScope() ? group.systemdForm() : path;
    }

    static byte[] bytes(ObjectNode tree) {
        try {
            return JSON.writeValueAsBytes(tree);
        } catch (JsonProcessingException e) {
            throw new InternalException("write a specification: " + e.getMessage(), e);
        }
    }

    /** As the specification has limits: −1 is the largest number. */
    static BigInteger unsigned(long value) {
        return new BigInteger(Long.toUnsignedString(value));
    }

    private static void mappings(ObjectNode node, String name, List<LinuxSpec.IdMapping> mappings) {
        if (!mappings.isEmpty()) {
            ArrayNode array = node.putArray(name);
            for (LinuxSpec.IdMapping mapping : mappings) {
                array.addObject()
                        .put("containerID", mapping.containerId())
                        .put("hostID", mapping.hostId())
                        .put("size", mapping.size());
            }
        }
    }

    private static ObjectNode tree(LinuxSpec.DeviceNode device) {
        ObjectNode node = JSON.createObjectNode();
        node.put("path", device.path()).put("type", device.type());
        node.put("major", device.major()).put("minor", device.minor());
        node.put("fileMode", device.fileMode());
        node.put("uid", Integer.toUnsignedLong(device.uid()));
        node.put("gid", Integer.toUnsignedLong(device.gid()));
        return node;
    }

    private static ObjectNode tree(Resources resources) {
        ObjectNode node = JSON.createObjectNode();
        if (!resources.devices().isEmpty()) {
            ArrayNode rules = node.putArray("devices");
            resources.devices().forEach(rule -> rules.add(tree(rule)));
        }
        ObjectNode memory = JSON.createObjectNode();
        number(memory, "limit", resources.memoryLimit());
        number(memory, "reservation", resources.memoryReservation());
        number(memory, "swap", resources.memorySwap());
        part(node, "memory", memory);
        ObjectNode cpu = JSON.createObjectNode();
        number(cpu, "shares", resources.cpuShares());
        number(cpu, "quota", resources.cpuQuota());
        number(cpu, "period", resources.cpuPeriod());
        put(cpu, "cpus", resources.cpusetCpus());
        put(cpu, "mems", resources.cpusetMems());
        part(node, "cpu", cpu);
        ObjectNode pids = JSON.createObjectNode();
        number(pids, "limit", resources.pidsLimit());
        part(node, "pids", pids);
        ArrayNode pages = hugePages(resources);
        if (!pages.isEmpty()) {
            node.set("hugepageLimits", pages);
        }
        strings(node, "unified", resources.unified());
        return node;
    }

    /**
     * Without limits of none, which a kubelet sends for every size: the cgroup has those already,
     * where the kernel counts huge pages, and runtimes fail at them where it does not.
     */
    private static ArrayNode hugePages(Resources resources) {
        ArrayNode limits = JSON.createArrayNode();
        resources
                .hugepageLimits()
                .forEach(
                        (size, limit) -> {
                            if (limit != 0) {
                                limits.addObject()
                                        .put("pageSize", size)
                                        .put("limit", unsigned(limit));
                            }
                        });
        return limits;
    }

    private static ObjectNode tree(Resources.DeviceRule rule) {
        ObjectNode node = JSON.createObjectNode();
        node.put("allow", rule.allow()).put("type", rule.type());
        number(node, "major", rule.major());
        number(node, "minor", rule.minor());
        return node.put("access", rule.access());
    }

    private static ObjectNode tree(Seccomp seccomp) {
        ObjectNode node = JSON.createObjectNode();
        node.put("defaultAction", seccomp.defaultAction());
        errno(node, "defaultErrnoRet", seccomp.defaultErrnoRet());
        strings(node, "architectures", seccomp.architectures());
        strings(node, "flags", seccomp.flags());
        ArrayNode rules = node.putArray("syscalls");
        for (Seccomp.Rule rule : seccomp.syscalls()) {
            ObjectNode one = rules.addObject();
            strings(one, "names", rule.names());
            one.put("action", rule.action());
            errno(one, "errnoRet", rule.errnoRet());
            if (!rule.args().isEmpty()) {
                ArrayNode args = one.putArray("args");
                rule.args().forEach(arg -> args.add(tree(arg)));
            }
        }
        return node;
    }

    private static ObjectNode tree(Seccomp.Arg arg) {
        return JSON.createObjectNode()
                .put("index", arg.index())
                .put("value", unsigned(arg.value()))
                .put("valueTwo", unsigned(arg.valueTwo()))
                .put("op", arg.op());
    }

    private static void errno(ObjectNode node, String name, @Nullable Integer errno) {
        if (errno != null) {
            node.put(name, errno);
        }
    }

    private static void number(ObjectNode node, String name, @Nullable Long value) {
        if (value != null) {
            node.put(name, value);
        }
    }

    private static void part(ObjectNode node, String name, ObjectNode part) {
        if (!part.isEmpty()) {
            node.set(name, part);
        }
    }
}
