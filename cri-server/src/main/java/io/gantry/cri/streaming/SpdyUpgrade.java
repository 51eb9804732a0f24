package io.gantry.cri.streaming;

import io.gantry.cri.streaming.session.Client;
import io.gantry.cri.streaming.session.SpdyPorts;
import io.gantry.cri.streaming.session.SpdyProcess;
import io.gantry.cri.streaming.session.StreamRequest;
import io.gantry.cri.streaming.spdy.BoundedSpdyCodec;
import io.gantry.cri.streaming.spdy.SpdyConnection;
import io.gantry.cri.streaming.wire.Wire;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Makes SPDY/3.1 of a connection. */
final class SpdyUpgrade {

    private static final String VERSIONS = "X-Stream-Protocol-Version";

    /** Of processes, by version. */
    private static final List<String> PROCESS_PROTOCOLS =
            List.of(
                    "channel.k8s.io",
                    "v2.channel.k8s.io",
                    "v3.channel.k8s.io",
                    "v4.channel.k8s.io");

    private static final List<String> PORT_PROTOCOLS = List.of("portforward.k8s.io");

    private final StreamingSettings settings;

    SpdyUpgrade(StreamingSettings settings) {
        this.settings = settings;
    }

    void upgrade(ChannelHandlerContext ctx, FullHttpRequest request, StreamRequest wanted)
            throws RefusedException {
        Wire wire = new Wire(ctx.channel());
        SpdyConnection connection = new SpdyConnection(wire);
        Client client = new Client(wire, connection::finish);
        HttpHeaders headers = new DefaultHttpHeaders();
        switch (wanted) {
            case StreamRequest.Process process -> {
                // A client that asks for none speaks the first.
                String protocol = agree(request, PROCESS_PROTOCOLS, headers).orElse("");
                int version = Math.max(PROCESS_PROTOCOLS.indexOf(protocol), 0) + 1;
                SpdyProcess streams = new SpdyProcess(process, version, client);
                connection.listen(streams);
                closeUnlessOpened(ctx, streams);
            }
            case StreamRequest.Ports ports -> {
                Optional<String> _ = agree(request, PORT_PROTOCOLS, headers);
                connection.listen(new SpdyPorts(ports, wire, settings.creation()));
            }
        }
        Pipelines.change(ctx, "SPDY/3.1", headers, new BoundedSpdyCodec(), connection);
    }

    private void closeUnlessOpened(ChannelHandlerContext ctx, SpdyProcess streams) {
        Future<?> _ =
                ctx.executor()
                        .schedule(
                                () -> {
                                    if (streams.isWaiting()) {
                                        Future<?> _ = ctx.channel().close();
                                    }
                                },
                                settings.creation().toMillis(),
                                TimeUnit.MILLISECONDS);
    }

    private static Optional<String> agree(
            FullHttpRequest request, List<String> served, HttpHeaders answer)
            throws RefusedException {
        List<String> asked = UpgradeHeaders.words(request.headers(), VERSIONS);
        if (asked.isEmpty()) {
            return Optional.empty();
        }
        Optional<String> agreed = UpgradeHeaders.agree(asked, served);
        if (agreed.isEmpty()) {
            throw new RefusedException(
                    HttpResponseStatus.FORBIDDEN,
                    "unable to negotiate protocol: client supports "
                            + asked
                            + ", server accepts "
                            + served,
                    served);
        }
        answer.set(VERSIONS, agreed.get());
        return agreed;
    }
}
