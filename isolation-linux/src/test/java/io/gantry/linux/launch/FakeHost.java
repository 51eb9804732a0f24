package io.gantry.linux.launch;

import io.gantry.linux.security.CapabilityNames;
import io.gantry.linux.syscall.KernelFeatures;
import java.util.List;

/** A machine that lacks CAP_SYS_RESOURCE and where paths that end in "dir" are directories. */
record FakeHost(KernelFeatures features) implements Host {

    @Override
    public long capabilities() {
        return CapabilityNames.mask(CapabilityNames.all())
                & ~CapabilityNames.mask(List.of("CAP_SYS_RESOURCE"));
    }

    @Override
    public int lastCapability() {
        return CapabilityNames.all().size() - 1;
    }

    @Override
    public long hardLimit(int resource) {
        return 20_000;
    }

    @Override
    public boolean isDirectory(String path) {
        return path.endsWith("dir");
    }
}
