package io.gantry.runtime.spec;

import io.gantry.linux.spec.IdMappings;
import io.gantry.linux.spec.Process;
import io.gantry.linux.spec.Spec;
import io.gantry.runtime.bundle.ImageFiles;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.bundle.ResolvedImage;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.exec.ExecRequest;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.task.TaskRequest;
import java.io.IOException;

/** Specifications of containers, and processes of commands in them. Thread-safe. */
public final class ContainerSpecs {

    private final ContainerSpecBuilder builder;
    private final TaskSpecBuilder tasks;
    private final ImageAccounts accounts;
    private final Labels labels;

    public ContainerSpecs(Layout layout, Node node, ImageFiles images) {
        this.labels = new Labels(node.selinux());
        this.builder = new ContainerSpecBuilder(layout, node);
        this.tasks = new TaskSpecBuilder(layout, node);
        this.accounts = new ImageAccounts(images);
    }

    /** SELinux labels of pods. */
    public Labels labels() {
        return labels;
    }

    /**
     * The specification of a container.
     *
     * @param volumes that it has of images
     * @throws io.gantry.base.error.InvalidArgumentException when what is asked for is not possible
     */
    public Spec container(
            PodSandbox pod, Container container, ResolvedImage image, ImageVolumes volumes)
            throws IOException {
        return builder.build(
                pod,
                container,
                new ContainerImage(image.config(), accounts.of(image.imageId()), volumes));
    }

    /**
     * The specification of a task.
     *
     * @param id under which its files are
     */
    public Spec task(PodSandbox pod, ContainerId id, TaskRequest request, String cgroup)
            throws IOException {
        return tasks.build(pod, id, request, cgroup);
    }

    /**
     * The process of a command in a container.
     *
     * @param spec the container's
     */
    public Process exec(Container container, Spec spec, ExecRequest request) throws IOException {
        // Only a name or number needs the image's accounts: most commands run as the container
        // does.
        Accounts known =
                request.user().isEmpty() ? Accounts.none() : accounts.of(container.imageId());
        IdMappings users = new IdMappings(spec.linux().uidMappings(), spec.linux().gidMappings());
        return ExecProcess.of(spec.process(), request, known, users);
    }
}
