package io.gantry.linux.launch;

import io.gantry.linux.syscall.KernelFeatures;
import java.util.Map;

/**
 * A host that notes what it was asked of things that may change.
 *
 * @param directories takes the answers
 */
record ObservedHost(Host host, Map<String, Boolean> directories) implements Host {

    @Override
    public KernelFeatures features() {
        return host.features();
    }

    @Override
    public long capabilities() {
        return host.capabilities();
    }

    @Override
    public int lastCapability() {
        return host.lastCapability();
    }

    @Override
    public long hardLimit(int resource) {
        return host.hardLimit(resource);
    }

    @Override
    public boolean isDirectory(String path) {
        return directories.computeIfAbsent(path, host::isDirectory);
    }
}
