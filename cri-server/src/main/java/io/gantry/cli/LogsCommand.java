package io.gantry.cli;

import io.gantry.base.Clock;
import io.gantry.proto.engine.EngineGrpc;
import io.gantry.proto.engine.LogsRequest;
import io.gantry.proto.engine.LogsResponse;
import io.gantry.proto.engine.OutputStream;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "logs", description = "Show what a container has written.")
final class LogsCommand extends GantrySubcommand {

    @Option(
            names = {"-f", "--follow"},
            description = "Go on until the container has exited.")
    private boolean follow;

    @Option(
            names = {"-n", "--tail"},
            paramLabel = "LINES",
            description = "Last lines only, or all (default).")
    private String tail = "all";

    @Option(
            names = "--since",
            paramLabel = "TIME",
            description =
                    "Since a time (2026-01-02T15:04:05Z, Unix seconds) or for the last 90s, 10m,"
                            + " 2h.")
    private @Nullable String since;

    @Option(
            names = {"-t", "--timestamps"},
            description = "Begin each line with its time.")
    private boolean timestamps;

    @Parameters(arity = "1", paramLabel = "CONTAINER")
    private String name = "";

    LogsCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() throws Exception {
        LogsRequest.Builder request =
                LogsRequest.newBuilder().setId(name).setFollow(follow).setTimestamps(timestamps);
        if (!tail.equals("all")) {
            request.setTail(Quantities.parseCount("--tail", tail));
        }
        if (since != null) {
            request.setSince(Quantities.parseMoment("--since", since, Clock.SYSTEM.now()));
        }
        print(EngineGrpc.newBlockingV2Stub(channel()).logs(request.build()));
        return ExitCodes.OK;
    }

    private void print(BlockingClientCall<?, LogsResponse> lines)
            throws StatusException, InterruptedException, IOException {
        LogsResponse piece = lines.read();
        while (piece != null) {
            boolean error = piece.getStream() == OutputStream.OUTPUT_STREAM_STDERR;
            PrintStream target = error ? streams().err() : streams().out();
            piece.getData().writeTo(target);
            if (follow || error) {
                target.flush();
            }
            if (target.checkError()) {
                return;
            }
            piece = lines.read();
        }
    }
}
