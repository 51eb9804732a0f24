package io.gantry.linux.security;

import io.gantry.linux.spec.Seccomp;
import io.gantry.linux.syscall.Architecture;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A section of default-seccomp.txt: a heading that says what to do and when, and indented below it
 * the names of system calls. Headings are
 *
 * <pre>
 * allow | errno N   [with CAP | without CAP]   [on x86 | on arm]   [if argI OP VALUE]
 * </pre>
 *
 * where OP is {@code ==}, {@code !=}, or {@code & MASK ==}.
 *
 * @param held bits of a capability that is needed; 0: none
 * @param notHeld bits of a capability that must be missing; 0: none
 * @param architecture the only one; empty: any
 */
record ProfileSection(
        long held, long notHeld, Optional<Architecture> architecture, Seccomp.Rule rule) {

    static List<ProfileSection> parse(List<String> lines) {
        List<ProfileSection> sections = new ArrayList<>();
        String heading = "";
        List<String> names = new ArrayList<>();
        for (String line : lines) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            if (line.startsWith(" ")) {
                names.addAll(Arrays.asList(line.strip().split(" +", -1)));
                continue;
            }
            add(heading, names, sections);
            heading = line.strip();
            names.clear();
        }
        add(heading, names, sections);
        return sections;
    }

    boolean applies(long capabilities, Architecture on) {
        return (capabilities & held) == held
                && (capabilities & notHeld) == 0
                && architecture.map(only -> only == on).orElse(true);
    }

    private static void add(String heading, List<String> names, List<ProfileSection> sections) {
        if (!heading.isEmpty()) {
            sections.add(new Heading(heading).section(names));
        }
    }

    /** Reads a heading word by word. */
    private static final class Heading {
        private final String text;
        private final Deque<String> words;
        private String action = "";
        private @Nullable Integer errno;
        private long held;
        private long notHeld;
        private Optional<Architecture> architecture = Optional.empty();
        private final List<Seccomp.Arg> args = new ArrayList<>();

        Heading(String text) {
            this.text = text;
            this.words = new ArrayDeque<>(Arrays.asList(text.split(" +", -1)));
        }

        ProfileSection section(List<String> names) {
            while (!words.isEmpty()) {
                accept(words.pop());
            }
            return new ProfileSection(
                    held, notHeld, architecture, new Seccomp.Rule(names, action, errno, args));
        }

        private void accept(String word) {
            switch (word) {
                case "allow" -> action = "SCMP_ACT_ALLOW";
                case "errno" -> {
                    action = "SCMP_ACT_ERRNO";
                    errno = Integer.valueOf(words.pop());
                }
                case "with" -> held = CapabilityNames.mask(List.of(words.pop()));
                case "without" -> notHeld = CapabilityNames.mask(List.of(words.pop()));
                case "on" -> architecture = Optional.of(architecture(words.pop()));
                case "if" -> args.add(condition());
                default -> throw malformed();
            }
        }

        private Seccomp.Arg condition() {
            int index = Integer.parseInt(words.pop().substring("arg".length()));
            String op = words.pop();
            long value = Long.decode(words.pop());
            return switch (op) {
                case "==" -> new Seccomp.Arg(index, value, 0, "SCMP_CMP_EQ");
                case "!=" -> new Seccomp.Arg(index, value, 0, "SCMP_CMP_NE");
                case "&" -> masked(index, value);
                default -> throw malformed();
            };
        }

        private Seccomp.Arg masked(int index, long mask) {
            if (!words.pop().equals("==")) {
                throw malformed();
            }
            return new Seccomp.Arg(index, mask, Long.decode(words.pop()), "SCMP_CMP_MASKED_EQ");
        }

        private Architecture architecture(String name) {
            return switch (name) {
                case "x86" -> Architecture.X86_64;
                case "arm" -> Architecture.AARCH64;
                default -> throw malformed();
            };
        }

        private IllegalStateException malformed() {
            return new IllegalStateException("malformed heading: " + text);
        }
    }
}
