package io.gantry.cli;

import io.gantry.proto.engine.EngineGrpc;
import io.gantry.proto.image.ImagesGrpc;
import io.grpc.ManagedChannel;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What every command has: help, a place to write, a way to the daemon. */
@Command
abstract class GantrySubcommand implements Callable<Integer> {

    private final GantryCommand root;
    private @Nullable ManagedChannel channel;

    @SuppressWarnings("UnusedVariable") // picocli looks at it
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    private boolean help;

    GantrySubcommand(GantryCommand root) {
        this.root = root;
    }

    final GantryCommand root() {
        return root;
    }

    final Streams streams() {
        return root.streams();
    }

    final ManagedChannel channel() {
        if (channel == null) {
            channel = root.connect();
        }
        return channel;
    }

    final EngineGrpc.EngineBlockingStub engine() {
        return EngineGrpc.newBlockingStub(channel());
    }

    final ImagesGrpc.ImagesBlockingStub images() {
        return ImagesGrpc.newBlockingStub(channel());
    }

    final ImagesGrpc.ImagesBlockingV2Stub imageStreams() {
        return ImagesGrpc.newBlockingV2Stub(channel());
    }

    /** What is done to one of the things that the user named. */
    interface Action {
        void on(String name) throws StatusException, InterruptedException;
    }

    /** Does it to each; one failure is told and does not keep the others from being tried. */
    final int forEach(List<String> names, Action action) throws InterruptedException {
        int code = ExitCodes.OK;
        for (String name : names) {
            try {
                action.on(name);
            } catch (StatusRuntimeException e) {
                streams().complain(Failures.explain(e.getStatus(), root.address()));
                code = ExitCodes.FAILED;
            } catch (StatusException e) {
                streams().complain(Failures.explain(e.getStatus(), root.address()));
                code = ExitCodes.FAILED;
            }
        }
        return code;
    }
}
