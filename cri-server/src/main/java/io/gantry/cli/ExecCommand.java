package io.gantry.cli;

import com.google.protobuf.ByteString;
import io.gantry.proto.engine.EngineGrpc;
import io.gantry.proto.engine.ExecRequest;
import io.gantry.proto.engine.ExecResponse;
import io.gantry.proto.engine.Exit;
import io.gantry.proto.engine.StdinEof;
import io.gantry.proto.engine.TerminalSize;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "exec",
        description = "Run a further process in a running container and exit with its exit code.")
final class ExecCommand extends GantrySubcommand {

    @Mixin private final ProcessOptions process = new ProcessOptions();

    @Option(
            names = {"-d", "--detach"},
            description = "Leave it to itself.")
    private boolean detach;

    @Option(names = "--privileged", description = "All capabilities, no seccomp profile.")
    private boolean privileged;

    @Mixin private final DetachOption leaving = new DetachOption();

    @Parameters(index = "0", paramLabel = "CONTAINER")
    private String container = "";

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "COMMAND")
    private List<String> command = List.of();

    ExecCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() throws Exception {
        boolean stdin = process.interactive() && !detach;
        boolean tty = process.tty();
        DetachKeys keys = leaving.keys();
        Terminal terminal = new Terminal();
        if (stdin && tty) {
            terminal.require();
        }
        ExecRequest.Open.Builder open =
                ExecRequest.Open.newBuilder()
                        .setId(container)
                        .addAllCommand(command)
                        .addAllEnv(process.environment(root().environment()))
                        .setWorkingDir(process.workingDir())
                        .setUser(process.user())
                        .setTty(tty)
                        .setStdin(stdin)
                        .setPrivileged(privileged)
                        .setDetach(detach);
        if (tty) {
            terminal.size().ifPresent(open::setSize);
        }
        Session.End end =
                new Session<>(
                                EngineGrpc.newBlockingV2Stub(channel()).exec(),
                                new Dialect(tty),
                                new Session.Surroundings(streams(), terminal, keys, null))
                        .run(ExecRequest.newBuilder().setOpen(open).build(), stdin);
        return codeOf(end);
    }

    private int codeOf(Session.End end) {
        return switch (end) {
            case Session.Detached _ -> ExitCodes.OK;
            case Session.OutputClosed _ -> Session.OUTPUT_CLOSED_CODE;
            case Session.Ended ended -> codeOf(ended.exit());
            case Session.Silent _ -> {
                if (detach) {
                    yield ExitCodes.OK;
                }
                streams().complain("the daemon ended the call before the process");
                yield ExitCodes.DAEMON;
            }
        };
    }

    private int codeOf(Exit exit) {
        if (exit.getReason().equals("StartError")) {
            streams().complain(exit.getMessage());
            return ExitCodes.ofStartFailure(exit.getMessage());
        }
        return exit.getCode();
    }

    private record Dialect(boolean tty) implements Session.Dialect<ExecRequest, ExecResponse> {

        @Override
        public ExecRequest stdin(ByteString data) {
            return ExecRequest.newBuilder().setStdin(data).build();
        }

        @Override
        public ExecRequest stdinEof() {
            return ExecRequest.newBuilder().setStdinEof(StdinEof.getDefaultInstance()).build();
        }

        @Override
        public ExecRequest resize(TerminalSize size) {
            return ExecRequest.newBuilder().setResize(size).build();
        }

        @Override
        public Optional<ExecRequest> leave() {
            return Optional.of(
                    ExecRequest.newBuilder()
                            .setLeave(ExecRequest.Leave.getDefaultInstance())
                            .build());
        }

        @Override
        public Session.Event read(ExecResponse answer) {
            return switch (answer.getMessageCase()) {
                case STARTED -> new Session.Begun(tty);
                case STDOUT -> new Session.Output(answer.getStdout(), false);
                case STDERR -> new Session.Output(answer.getStderr(), true);
                case EXIT -> new Session.Ended(answer.getExit());
                case MESSAGE_NOT_SET -> new Session.Output(ByteString.EMPTY, false);
            };
        }
    }
}
