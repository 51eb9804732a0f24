package io.gantry.proto;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import io.gantry.proto.containerd.Container;
import io.gantry.proto.containerd.ContainersGrpc;
import io.gantry.proto.containerd.GetResponse;
import io.gantry.proto.containerd.Process;
import io.gantry.proto.containerd.TasksGrpc;
import io.gantry.proto.containerd.VersionGrpc;
import io.gantry.proto.containerd.VersionResponse;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds what we serve of containerd's API against containerd's own numbers (its API 1.10). */
class ContainerdContractTest {

    @Test
    void theCallsHaveContainerdsNames() {
        assertThat(
                        Stream.of(
                                VersionGrpc.getVersionMethod(),
                                ContainersGrpc.getGetMethod(),
                                TasksGrpc.getGetMethod()))
                .extracting(io.grpc.MethodDescriptor::getFullMethodName)
                .containsExactly(
                        "containerd.services.version.v1.Version/Version",
                        "containerd.services.containers.v1.Containers/Get",
                        "containerd.services.tasks.v1.Tasks/Get");
    }

    @Test
    void everyFieldHasContainerdsNameNumberAndType() {
        assertThat(
                        fields(
                                List.of(
                                        VersionResponse.getDescriptor(),
                                        Container.getDescriptor(),
                                        GetResponse.getDescriptor(),
                                        Process.getDescriptor())))
                .containsExactlyInAnyOrder(
                        "VersionResponse version 1 STRING",
                        "VersionResponse revision 2 STRING",
                        "GetContainerRequest id 1 STRING",
                        "GetContainerResponse container 1 MESSAGE",
                        "Container id 1 STRING",
                        "Container labels 2 MESSAGE",
                        "Container image 3 STRING",
                        "Container runtime 4 MESSAGE",
                        "Container spec 5 MESSAGE",
                        "Container created_at 8 MESSAGE",
                        "Container sandbox 11 STRING",
                        "GetRequest container_id 1 STRING",
                        "GetRequest exec_id 2 STRING",
                        "GetResponse process 1 MESSAGE",
                        "Process container_id 1 STRING",
                        "Process id 2 STRING",
                        "Process pid 3 UINT32",
                        "Process status 4 ENUM",
                        "Process exit_status 9 UINT32",
                        "Process exited_at 10 MESSAGE");
    }

    private static Set<String> fields(List<Descriptor> messages) {
        Set<String> found = new TreeSet<>();
        for (Descriptor one : messages) {
            one.getFile()
                    .getMessageTypes()
                    .forEach(
                            message ->
                                    message.getFields()
                                            .forEach(
                                                    field ->
                                                            found.add(
                                                                    message.getName()
                                                                            + " "
                                                                            + row(field))));
        }
        return found;
    }

    private static String row(FieldDescriptor field) {
        return field.getName() + " " + field.getNumber() + " " + field.getType();
    }
}
