package io.gantry.cli;

import io.gantry.base.Clock;
import io.gantry.proto.image.Event;
import io.gantry.proto.image.EventsRequest;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.io.PrintStream;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "events", description = "Show what happens to images and containers, as it does.")
final class EventsCommand extends GantrySubcommand {

    private static final String MOMENT =
            "A time (2026-01-02T15:04:05Z, Unix seconds) or a span back from now (90s, 10m, 2h).";

    @Mixin private final FormatOption output = new FormatOption();
    @Mixin private final FilterOption filter = new FilterOption();

    @Option(names = "--since", paramLabel = "TIME", description = "Also what was. " + MOMENT)
    private @Nullable String since;

    @Option(names = "--until", paramLabel = "TIME", description = "Stop then. " + MOMENT)
    private @Nullable String until;

    EventsCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() throws StatusException, InterruptedException {
        Instant now = Clock.SYSTEM.now();
        EventsRequest.Builder request = EventsRequest.newBuilder().addAllFilters(filter.filters());
        if (since != null) {
            request.setSince(Quantities.parseMoment("--since", since, now));
        }
        if (until != null) {
            request.setUntil(Quantities.parseMoment("--until", until, now));
        }
        PrintStream out = streams().out();
        BlockingClientCall<?, Event> events = imageStreams().events(request.build());
        for (Event event = events.read(); event != null; event = events.read()) {
            if (event.getLost() > 0) {
                streams().complain(event.getLost() + " events were lost: too many at once");
            }
            out.println(output.json() ? JsonText.line(event) : line(event));
            if (out.checkError()) {
                return Session.OUTPUT_CLOSED_CODE;
            }
        }
        return ExitCodes.OK;
    }

    static String line(Event event) {
        StringBuilder line = new StringBuilder();
        line.append(HumanText.moment(event.getTime()))
                .append(' ')
                .append(event.getType())
                .append(' ')
                .append(event.getAction());
        if (!event.getId().isEmpty()) {
            line.append(' ').append(event.getId());
        }
        if (!event.getName().isEmpty()) {
            line.append(" (name=").append(event.getName()).append(')');
        }
        return line.toString();
    }
}
