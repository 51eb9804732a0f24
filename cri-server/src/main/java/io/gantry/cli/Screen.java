package io.gantry.cli;

import io.gantry.base.Signals;
import io.gantry.proto.engine.TerminalSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which of the client's streams are terminals: the JDK tells it of none alone. Asked of the kernel
 * when it matters, for most commands do not care.
 */
final class Screen {

    /** No stream is a terminal. */
    static final Screen NONE = new Screen(null, false);

    private static final TerminalSize DEFAULT_SIZE =
            TerminalSize.newBuilder().setColumns(80).setRows(24).build();

    private final @Nullable Path descriptors;
    private final boolean dumb;
    private volatile @Nullable TerminalSize size;

    private Screen(@Nullable Path descriptors, boolean dumb) {
        this.descriptors = descriptors;
        this.dumb = dumb;
    }

    /** The streams of this process. */
    static Screen ofProcess(Map<String, String> environment) {
        String term = environment.getOrDefault("TERM", "dumb");
        return new Screen(Path.of("/proc/self/fd"), term.equals("dumb"));
    }

    boolean inIsTerminal() {
        return isTerminal("0");
    }

    boolean outIsTerminal() {
        return isTerminal("1");
    }

    /** Whether messages go to a terminal whose cursor can be moved. */
    boolean canRedrawMessages() {
        return !dumb && isTerminal("2");
    }

    /** The size of the terminal of messages, as it is now. */
    TerminalSize size() {
        TerminalSize known = size;
        if (known == null) {
            Signals.handle("WINCH", number -> size = measure());
            known = measure();
            size = known;
        }
        return known;
    }

    private TerminalSize measure() {
        return target("2")
                .flatMap(Terminal::sizeOf)
                .filter(each -> each.getColumns() > 0 && each.getRows() > 0)
                .orElse(DEFAULT_SIZE);
    }

    private boolean isTerminal(String descriptor) {
        return target(descriptor)
                .filter(
                        file ->
                                file.startsWith("/dev/pts/")
                                        || file.startsWith("/dev/tty")
                                        || file.equals("/dev/console"))
                .isPresent();
    }

    /** The file that a descriptor of this process is open on. */
    private Optional<String> target(String descriptor) {
        if (descriptors == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(Files.readSymbolicLink(descriptors.resolve(descriptor)).toString());
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
