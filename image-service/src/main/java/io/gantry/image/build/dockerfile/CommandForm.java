package io.gantry.image.build.dockerfile;

import io.gantry.image.build.source.DockerfileException;
import io.gantry.image.build.syntax.Heredoc;
import io.gantry.image.build.syntax.HeredocMarks;
import java.util.List;
import java.util.Optional;

/** A command as it was written. */
public sealed interface CommandForm {

    /** As a JSON array: executed as it is. */
    record Exec(List<String> arguments) implements CommandForm {
        public Exec {
            arguments = List.copyOf(arguments);
        }
    }

    /**
     * As a text for the stage's shell.
     *
     * @param text without the heredocs
     * @param heredocs whose marks are in the text
     */
    record Shell(String text, List<Heredoc> heredocs) implements CommandForm {
        public Shell {
            heredocs = List.copyOf(heredocs);
        }

        /** A heredoc with a {@code #!} line that is all of the command: a file to be executed. */
        public Optional<Heredoc> executable() {
            return sole().filter(it -> it.content().startsWith("#!"));
        }

        /** What the shell is given: a sole heredoc itself, else the text with all heredocs. */
        public String script() {
            Optional<Heredoc> sole = sole();
            if (sole.isPresent()) {
                return sole.get().body();
            }
            StringBuilder script = new StringBuilder(text);
            heredocs.forEach(it -> script.append('\n').append(it.content()).append(it.name()));
            return script.toString();
        }

        private Optional<Heredoc> sole() {
            try {
                return heredocs.size() == 1 && HeredocMarks.parse(text).isPresent()
                        ? Optional.of(heredocs.getFirst())
                        : Optional.empty();
            } catch (DockerfileException _) {
                return Optional.empty();
            }
        }
    }
}
