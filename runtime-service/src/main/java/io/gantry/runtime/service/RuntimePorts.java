package io.gantry.runtime.service;

import io.gantry.runtime.bundle.ImageFiles;
import io.gantry.runtime.bundle.ImageResolver;
import io.gantry.runtime.bundle.RootfsProvider;
import io.gantry.runtime.oci.OciHandlers;
import io.gantry.runtime.pod.PodNetwork;

/** What a runtime needs of others. */
public record RuntimePorts(
        ImageResolver images,
        ImageFiles imageFiles,
        RootfsProvider rootfs,
        PodNetwork network,
        OciHandlers handlers,
        StartPhases phases) {}
