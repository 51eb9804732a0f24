package io.gantry.linux.security;

import io.gantry.linux.spec.Seccomp;
import io.gantry.linux.syscall.Architecture;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The default system call filter: what is not listed is refused with EPERM. Some calls depend on
 * the capabilities that a container may have. The list is the resource default-seccomp.txt.
 */
public final class DefaultSeccomp {

    private static final String RESOURCE = "default-seccomp.txt";
    private static final List<ProfileSection> SECTIONS = read();

    private DefaultSeccomp() {}

    /**
     * The filter for a container on this machine.
     *
     * @param capabilities its bounding set
     */
    public static Seccomp forCapabilities(Collection<String> capabilities) {
        return forCapabilities(capabilities, Architecture.current());
    }

    static Seccomp forCapabilities(Collection<String> capabilities, Architecture architecture) {
        long held = CapabilityNames.mask(capabilities);
        List<Seccomp.Rule> rules = new ArrayList<>();
        for (ProfileSection section : SECTIONS) {
            if (section.applies(held, architecture)) {
                rules.add(section.rule());
            }
        }
        return new Seccomp("SCMP_ACT_ERRNO", null, architectures(architecture), List.of(), rules);
    }

    private static List<String> architectures(Architecture architecture) {
        return switch (architecture) {
            case X86_64 -> List.of("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32");
            case AARCH64 -> List.of("SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM");
        };
    }

    private static List<ProfileSection> read() {
        try (InputStream in = DefaultSeccomp.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException(RESOURCE + " is missing");
            }
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return ProfileSection.parse(text.lines().toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
