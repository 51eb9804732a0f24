package io.gantry.cri.grpc;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.gantry.proto.cri.PodSandboxMetadata;
import io.gantry.proto.cri.RunPodSandboxRequest;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a message is about, told by the few fields that are safe to log. */
final class CallSubjects {

    private static final Map<String, String> FIELDS =
            Map.of(
                    "pod_sandbox_id", "podSandboxId",
                    "container_id", "containerId",
                    "id", "id",
                    "image", "image",
                    "image_ref", "imageRef",
                    "reference", "reference",
                    "destination", "destination");

    private CallSubjects() {}

    /** Whether a kubelet calls it all the time without changing anything. */
    static boolean isPoll(String method) {
        return method.startsWith("List")
                || method.startsWith("Stream")
                || method.endsWith("Status")
                || method.endsWith("Stats")
                || switch (method) {
                    case "Get",
                            "Version",
                            "Info",
                            "ImageFsInfo",
                            "RuntimeConfig",
                            "ExecSync",
                            "InspectContainer",
                            "Inspect",
                            "History",
                            "DiskUsage",
                            "Diff",
                            "Events",
                            "GetContainerEvents",
                            "Wait",
                            "Logs",
                            "Check",
                            "Watch",
                            "ServerReflectionInfo" ->
                            true;
                    default -> false;
                };
    }

    static Map<String, String> of(Object message) {
        Map<String, String> subjects = new LinkedHashMap<>();
        if (message instanceof Message proto) {
            collect(proto, subjects);
        }
        if (message instanceof RunPodSandboxRequest run) {
            PodSandboxMetadata metadata = run.getConfig().getMetadata();
            subjects.put("pod", metadata.getNamespace() + "/" + metadata.getName());
        }
        return subjects;
    }

    private static void collect(Message proto, Map<String, String> subjects) {
        Descriptor type = proto.getDescriptorForType();
        FIELDS.forEach(
                (field, key) -> {
                    FieldDescriptor descriptor = type.findFieldByName(field);
                    if (descriptor != null && !descriptor.isRepeated()) {
                        String text = text(proto.getField(descriptor));
                        if (!text.isEmpty()) {
                            subjects.put(key, text);
                        }
                    }
                });
    }

    private static String text(Object value) {
        return switch (value) {
            case String text -> text;
            case io.gantry.proto.cri.ImageSpec spec -> spec.getImage();
            default -> "";
        };
    }
}
