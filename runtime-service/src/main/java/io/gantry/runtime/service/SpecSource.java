package io.gantry.runtime.service;

import io.gantry.linux.spec.Process;
import io.gantry.linux.spec.Spec;
import io.gantry.runtime.bundle.ResolvedImage;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.exec.ExecRequest;
import io.gantry.runtime.pod.PodSandbox;
import java.io.IOException;

/** Turns what clients ask for into specifications. */
interface SpecSource {

    /** The specification of a container. */
    Spec container(PodSandbox pod, Container container, ResolvedImage image) throws IOException;

    /** The process of a command in a container. */
    Process exec(Container container, Spec spec, ExecRequest request) throws IOException;
}
