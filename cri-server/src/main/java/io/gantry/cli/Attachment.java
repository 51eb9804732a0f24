package io.gantry.cli;

import com.google.protobuf.ByteString;
import io.gantry.proto.engine.AttachRequest;
import io.gantry.proto.engine.AttachResponse;
import io.gantry.proto.engine.EngineGrpc;
import io.gantry.proto.engine.Exit;
import io.gantry.proto.engine.KillContainerRequest;
import io.gantry.proto.engine.StdinEof;
import io.gantry.proto.engine.TerminalSize;
import io.gantry.proto.engine.WaitRequest;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.util.Optional;

/** The stdio of a container, joined to that of the client until it ends. */
final class Attachment {

    private final GantrySubcommand command;
    private final String id;
    private final Terminal terminal;
    private final DetachKeys keys;

    Attachment(GantrySubcommand command, String id, Terminal terminal, DetachKeys keys) {
        this.command = command;
        this.id = id;
        this.terminal = terminal;
        this.keys = keys;
    }

    /** Attaches, and returns what the client exits with. */
    int run(AttachRequest.Open open) throws StatusException, InterruptedException, IOException {
        Session<AttachRequest, AttachResponse> session =
                new Session<>(
                        EngineGrpc.newBlockingV2Stub(command.channel()).attach(),
                        new Dialect(),
                        new Session.Surroundings(command.streams(), terminal, keys, this::signal));
        Session.End end =
                session.run(AttachRequest.newBuilder().setOpen(open).build(), open.getStdin());
        return switch (end) {
            case Session.Detached _ -> ExitCodes.OK;
            case Session.OutputClosed _ -> Session.OUTPUT_CLOSED_CODE;
            case Session.Ended ended -> codeOf(ended.exit());
            case Session.Silent _ -> codeOf(await());
        };
    }

    private int codeOf(Exit exit) {
        if (exit.getReason().equals("StartError")) {
            command.streams().complain(exit.getMessage());
            return ExitCodes.ofStartFailure(exit.getMessage());
        }
        return exit.getCode();
    }

    private Exit await() {
        return command.engine().wait(WaitRequest.newBuilder().setId(id).build()).getExit();
    }

    /** One that has just ended has no use for it; anything else the session itself will tell. */
    private void signal(String name) {
        try {
            command.engine()
                    .killContainer(
                            KillContainerRequest.newBuilder().setId(id).setSignal(name).build());
        } catch (StatusRuntimeException e) {
            command.streams().complain("cannot pass on SIG" + name + ": " + Failures.text(e));
        }
    }

    private static final class Dialect implements Session.Dialect<AttachRequest, AttachResponse> {

        @Override
        public AttachRequest stdin(ByteString data) {
            return AttachRequest.newBuilder().setStdin(data).build();
        }

        @Override
        public AttachRequest stdinEof() {
            return AttachRequest.newBuilder().setStdinEof(StdinEof.getDefaultInstance()).build();
        }

        @Override
        public AttachRequest resize(TerminalSize size) {
            return AttachRequest.newBuilder().setResize(size).build();
        }

        @Override
        public Optional<AttachRequest> leave() {
            return Optional.empty();
        }

        @Override
        public Session.Event read(AttachResponse answer) {
            return switch (answer.getMessageCase()) {
                case ATTACHED -> new Session.Begun(answer.getAttached().getTty());
                case STDOUT -> new Session.Output(answer.getStdout(), false);
                case STDERR -> new Session.Output(answer.getStderr(), true);
                case EXIT -> new Session.Ended(answer.getExit());
                case MESSAGE_NOT_SET -> new Session.Output(ByteString.EMPTY, false);
            };
        }
    }
}
