package io.gantry.runtime.cdi;

import io.gantry.linux.spec.Hook;
import io.gantry.linux.spec.SpecMount;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads what a device asks for. */
final class EditsParser {

    private static final Set<String> FIELDS =
            Set.of(
                    "env",
                    "deviceNodes",
                    "netDevices",
                    "mounts",
                    "hooks",
                    "intelRdt",
                    "additionalGids",
                    "additionalGIDs");
    private static final Set<String> NODE_FIELDS =
            Set.of(
                    "path",
                    "hostPath",
                    "type",
                    "major",
                    "minor",
                    "fileMode",
                    "permissions",
                    "uid",
                    "gid");
    private static final Set<String> MOUNT_FIELDS =
            Set.of("hostPath", "containerPath", "type", "options");
    private static final Set<String> HOOK_FIELDS =
            Set.of("hookName", "path", "args", "env", "timeout");
    private static final Set<String> STAGES =
            Set.of(
                    "prestart",
                    "createRuntime",
                    "createContainer",
                    "startContainer",
                    "poststart",
                    "poststop");
    private static final Set<String> TYPES = Set.of("", "b", "c", "u", "p");
    private static final Pattern PERMISSIONS = Pattern.compile("[rwm]+");
    private static final long MAX_ID = 0xffff_fffeL;
    private static final long MAX_MODE = 07777;

    private final CdiSpecParser.Version version;

    EditsParser(CdiSpecParser.Version version) {
        this.version = version;
    }

    ContainerEdits parse(Field field) throws MalformedCdiSpecException {
        if (!field.isPresent()) {
            return ContainerEdits.NONE;
        }
        field.requireObject(FIELDS);
        return new ContainerEdits(
                env(field.at("env")),
                nodes(field.at("deviceNodes")),
                mounts(field.at("mounts")),
                gids(field),
                hooks(field.at("hooks")),
                unsupported(field));
    }

    private static List<String> env(Field field) throws MalformedCdiSpecException {
        for (Field variable : field.elements()) {
            if (variable.text().indexOf('=') <= 0) {
                throw variable.malformed("it has to be NAME=VALUE");
            }
        }
        return field.texts();
    }

    private List<ContainerEdits.Node> nodes(Field field) throws MalformedCdiSpecException {
        List<ContainerEdits.Node> nodes = new ArrayList<>();
        for (Field node : field.elements()) {
            nodes.add(node(node));
        }
        return nodes;
    }

    private ContainerEdits.Node node(Field field) throws MalformedCdiSpecException {
        field.requireObject(NODE_FIELDS);
        String path = field.at("path").requiredText();
        String hostPath = field.at("hostPath").text();
        if (!hostPath.isEmpty()) {
            version.require("0.5.0", field.at("hostPath"), "it");
        }
        String type = field.at("type").text();
        if (!TYPES.contains(type)) {
            throw field.at("type").malformed("b, c, u and p are possible");
        }
        Long mode = field.at("fileMode").number(MAX_MODE);
        return new ContainerEdits.Node(
                path,
                hostPath.isEmpty() ? path : hostPath,
                type,
                field.at("major").number(Integer.MAX_VALUE),
                field.at("minor").number(Integer.MAX_VALUE),
                mode == null ? null : mode.intValue(),
                permissions(field.at("permissions")),
                field.at("uid").number(MAX_ID),
                field.at("gid").number(MAX_ID));
    }

    /** Nothing said is everything. */
    private static String permissions(Field field) throws MalformedCdiSpecException {
        String text = field.text();
        if (text.isEmpty()) {
            return "rwm";
        }
        if (text.equals("none")) {
            return "";
        }
        if (!PERMISSIONS.matcher(text).matches()) {
            throw field.malformed("none, or some of r, w and m are possible");
        }
        return text;
    }

    private List<SpecMount> mounts(Field field) throws MalformedCdiSpecException {
        List<SpecMount> mounts = new ArrayList<>();
        for (Field mount : field.elements()) {
            mount.requireObject(MOUNT_FIELDS);
            String type = mount.at("type").text();
            if (!type.isEmpty()) {
                version.require("0.4.0", mount.at("type"), "it");
            }
            List<String> options = mount.at("options").texts();
            boolean bind = options.contains("bind") || options.contains("rbind");
            mounts.add(
                    new SpecMount(
                            mount.at("containerPath").requiredText(),
                            bind ? "bind" : type,
                            mount.at("hostPath").requiredText(),
                            options));
        }
        return mounts;
    }

    private static List<Hook> hooks(Field field) throws MalformedCdiSpecException {
        List<Hook> hooks = new ArrayList<>();
        for (Field hook : field.elements()) {
            hook.requireObject(HOOK_FIELDS);
            String stage = hook.at("hookName").requiredText();
            if (!STAGES.contains(stage)) {
                throw hook.at("hookName").malformed("OCI runtimes have no such hooks");
            }
            String path = hook.at("path").requiredText();
            if (!path.startsWith("/")) {
                throw hook.at("path").malformed("it has to be absolute");
            }
            Long timeout = hook.at("timeout").number(Integer.MAX_VALUE);
            hooks.add(
                    new Hook(
                            stage,
                            path,
                            hook.at("args").texts(),
                            env(hook.at("env")),
                            timeout == null ? null : timeout.intValue()));
        }
        return hooks;
    }

    private List<Long> gids(Field edits) throws MalformedCdiSpecException {
        // The text of the format has the one name, its schema the other.
        Field field = edits.at("additionalGids");
        if (!field.isPresent()) {
            field = edits.at("additionalGIDs");
        }
        if (!field.elements().isEmpty()) {
            version.require("0.7.0", field, "it");
        }
        List<Long> gids = new ArrayList<>();
        for (Field gid : field.elements()) {
            @Nullable Long number = gid.number(MAX_ID);
            if (number == null) {
                throw gid.malformed("a number is needed");
            }
            if (number != 0) {
                gids.add(Objects.requireNonNull(number));
            }
        }
        return gids;
    }

    /** A container without one of these would not be what the device promises. */
    private List<String> unsupported(Field field) throws MalformedCdiSpecException {
        List<String> unsupported = new ArrayList<>();
        if (field.at("intelRdt").isPresent()) {
            version.require("0.7.0", field.at("intelRdt"), "it");
            unsupported.add("intelRdt");
        }
        if (!field.at("netDevices").elements().isEmpty()) {
            version.require("1.1.0", field.at("netDevices"), "it");
            unsupported.add("netDevices");
        }
        return unsupported;
    }
}
