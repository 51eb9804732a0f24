package io.gantry.image.build.dockerfile;

import io.gantry.image.build.syntax.Statement.Origin;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * An instruction of a Dockerfile. What may hold variables is as it was written until {@link
 * InstructionExpander} has made a copy with their values.
 */
public sealed interface Instruction {

    /** Where it stands. */
    Origin origin();

    /** Its name in upper case. */
    default String keyword() {
        return getClass().getSimpleName().toUpperCase(Locale.ROOT);
    }

    /**
     * Files into the image, archives unpacked and remote sources fetched.
     *
     * @param keepGitDir as the flag says, if it is there
     * @param checksum that the one remote source must have
     * @param unpack as the flag says; by default local archives are unpacked and remote ones not
     */
    record Add(
            Transfer transfer,
            Optional<Boolean> keepGitDir,
            Optional<String> checksum,
            Optional<Boolean> unpack,
            Origin origin)
            implements Instruction {}

    /** Variables of the build. */
    record Arg(List<Declaration> declarations, Origin origin) implements Instruction {
        public Arg {
            declarations = List.copyOf(declarations);
        }
    }

    /** What a container runs, or the arguments of its entry point. */
    record Cmd(CommandForm command, Origin origin) implements Instruction {}

    /**
     * Files into the image.
     *
     * @param from name or index of a stage, named context or image; empty: the build's context
     * @param parents whether the directories of a source are kept
     */
    record Copy(Transfer transfer, Optional<String> from, boolean parents, Origin origin)
            implements Instruction {}

    /**
     * What a container runs; empty for an empty array, which takes away that of the base.
     *
     * @param command empty when there is none
     */
    record Entrypoint(Optional<CommandForm> command, Origin origin) implements Instruction {}

    /** Variables of the container's environment. */
    record Env(List<Assignment> assignments, Origin origin) implements Instruction {
        public Env {
            assignments = List.copyOf(assignments);
        }
    }

    /**
     * Ports that a container listens on.
     *
     * @param ports as {@link PortRange} reads them, in order of their texts
     */
    record Expose(List<String> ports, Origin origin) implements Instruction {
        public Expose {
            ports = ports.stream().sorted().toList();
        }
    }

    /**
     * The beginning of a stage.
     *
     * @param base name of a stage, named context or image, or {@code scratch}
     * @param name of the stage, in lower case
     */
    record From(String base, Optional<String> name, Optional<String> platform, Origin origin)
            implements Instruction {}

    /** How a container's health is checked. */
    record Healthcheck(HealthcheckSpec spec, Origin origin) implements Instruction {}

    /** Labels of the image. */
    record Label(List<Assignment> assignments, Origin origin) implements Instruction {
        public Label {
            assignments = List.copyOf(assignments);
        }
    }

    /** The author of the image. */
    record Maintainer(String author, Origin origin) implements Instruction {}

    /**
     * An instruction for builds on top of this one.
     *
     * @param trigger the text with its heredocs, as it goes into the image's configuration
     * @param instruction what it will be
     */
    record Onbuild(String trigger, Instruction instruction, Origin origin) implements Instruction {}

    /**
     * A command, executed at build time.
     *
     * @param mounts in order; resolved when variables are expanded
     * @param devices names of CDI devices, as {@code name[,required]}
     */
    record Run(
            CommandForm command,
            List<MountFlag> mounts,
            Network network,
            Security security,
            List<String> devices,
            Origin origin)
            implements Instruction {
        public Run {
            mounts = List.copyOf(mounts);
            devices = List.copyOf(devices);
        }
    }

    /** What commands in shell form are run by. */
    record Shell(List<String> arguments, Origin origin) implements Instruction {
        public Shell {
            arguments = List.copyOf(arguments);
        }
    }

    /** The signal that stops a container. */
    record Stopsignal(String signal, Origin origin) implements Instruction {}

    /** Who runs commands: {@code user[:group]}, by name or number. */
    record User(String user, Origin origin) implements Instruction {}

    /** Directories that containers have as volumes. */
    record Volume(List<String> paths, Origin origin) implements Instruction {
        public Volume {
            paths = List.copyOf(paths);
        }
    }

    /** The working directory. */
    record Workdir(String path, Origin origin) implements Instruction {}

    /** The network of a RUN. */
    enum Network {
        DEFAULT,
        NONE,
        HOST
    }

    /** The confinement of a RUN. */
    enum Security {
        SANDBOX,
        INSECURE
    }
}
