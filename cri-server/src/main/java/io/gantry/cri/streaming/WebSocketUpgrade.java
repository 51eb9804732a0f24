package io.gantry.cri.streaming;

import io.gantry.cri.streaming.session.Client;
import io.gantry.cri.streaming.session.SpdyPorts;
import io.gantry.cri.streaming.session.StreamRequest;
import io.gantry.cri.streaming.session.WebSocketPorts;
import io.gantry.cri.streaming.session.WebSocketProcess;
import io.gantry.cri.streaming.spdy.BoundedSpdyCodec;
import io.gantry.cri.streaming.spdy.SpdyConnection;
import io.gantry.cri.streaming.websocket.ChannelCoding;
import io.gantry.cri.streaming.websocket.Tunnel;
import io.gantry.cri.streaming.websocket.WebSocketConnection;
import io.gantry.cri.streaming.wire.Wire;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes WebSocket (RFC 6455) of a connection. */
final class WebSocketUpgrade {

    /** Some clients send all their input in one. */
    private static final int MAX_MESSAGE = 4 << 20;

    /** RFC 6455, 4.2.2. */
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private static final String VERSION = "13";
    private static final int KEY_BYTES = 16;

    /** How the channels of a process are spoken of. */
    private record Manner(ChannelCoding coding, boolean json, boolean closeSignal) {}

    private static final Manner FIRST = new Manner(ChannelCoding.BINARY, false, false);

    private static final Map<String, Manner> PROCESS_PROTOCOLS =
            Map.of(
                    "channel.k8s.io",
                    FIRST,
                    "base64.channel.k8s.io",
                    new Manner(ChannelCoding.BASE64, false, false),
                    "v4.channel.k8s.io",
                    new Manner(ChannelCoding.BINARY, true, false),
                    "v4.base64.channel.k8s.io",
                    new Manner(ChannelCoding.BASE64, true, false),
                    "v5.channel.k8s.io",
                    new Manner(ChannelCoding.BINARY, true, true));

    /** SPDY, as over TCP, in messages. */
    private static final String TUNNEL = "SPDY/3.1+portforward.k8s.io";

    private static final List<String> PORT_PROTOCOLS =
            List.of(TUNNEL, "v4.channel.k8s.io", "v4.base64.channel.k8s.io");

    private final StreamingSettings settings;

    WebSocketUpgrade(StreamingSettings settings) {
        this.settings = settings;
    }

    void upgrade(ChannelHandlerContext ctx, FullHttpRequest request, StreamRequest wanted)
            throws RefusedException {
        HttpHeaders headers = accept(request.headers());
        Wire wire = new Wire(ctx.channel());
        switch (wanted) {
            case StreamRequest.Process process -> {
                List<String> served = PROCESS_PROTOCOLS.keySet().stream().sorted().toList();
                Manner manner =
                        agree(request, served, headers).map(PROCESS_PROTOCOLS::get).orElse(FIRST);
                WebSocketConnection connection =
                        new WebSocketConnection(
                                wire,
                                manner.coding(),
                                manner.closeSignal(),
                                WebSocketProcess.CHANNELS);
                change(ctx, headers, connection);
                WebSocketProcess.start(
                        process, connection, manner.json(), new Client(wire, connection::finish));
            }
            case StreamRequest.Ports ports -> ports(ctx, request, ports, headers, wire);
        }
    }

    private void ports(
            ChannelHandlerContext ctx,
            FullHttpRequest request,
            StreamRequest.Ports wanted,
            HttpHeaders headers,
            Wire wire)
            throws RefusedException {
        String protocol = agree(request, PORT_PROTOCOLS, headers).orElse("");
        if (protocol.equals(TUNNEL)) {
            SpdyConnection tunnelled = new SpdyConnection(wire);
            tunnelled.listen(new SpdyPorts(wanted, wire, settings.creation()));
            change(ctx, headers, new Tunnel(wire), new BoundedSpdyCodec(), tunnelled);
            return;
        }
        if (wanted.ports().isEmpty()) {
            throw new RefusedException(
                    HttpResponseStatus.BAD_REQUEST,
                    "unable to upgrade: without " + TUNNEL + " the request must name ports");
        }
        WebSocketConnection connection =
                new WebSocketConnection(
                        wire,
                        protocol.contains("base64") ? ChannelCoding.BASE64 : ChannelCoding.BINARY,
                        false,
                        WebSocketPorts.channels(wanted.ports().size()));
        change(ctx, headers, connection);
        WebSocketPorts.start(wanted, connection, new Client(wire, connection::finish));
    }

    private static void change(
            ChannelHandlerContext ctx, HttpHeaders headers, ChannelHandler... handlers) {
        WebSocketDecoderConfig config =
                WebSocketDecoderConfig.newBuilder()
                        .expectMaskedFrames(true)
                        .allowExtensions(false)
                        .maxFramePayloadLength(MAX_MESSAGE)
                        .build();
        ChannelHandler[] all = new ChannelHandler[3 + handlers.length];
        // What the decoder answers by itself passes the encoder only when that comes first.
        all[0] = new WebSocket13FrameEncoder(false);
        all[1] = new WebSocket13FrameDecoder(config);
        all[2] = new WebSocketFrameAggregator(MAX_MESSAGE);
        System.arraycopy(handlers, 0, all, 3, handlers.length);
        Pipelines.change(ctx, "websocket", headers, all);
    }

    private static HttpHeaders accept(HttpHeaders asked) throws RefusedException {
        String key = asked.get(HttpHeaderNames.SEC_WEBSOCKET_KEY, "").strip();
        if (!VERSION.equals(asked.get(HttpHeaderNames.SEC_WEBSOCKET_VERSION)) || !isKey(key)) {
            throw new RefusedException(
                    HttpResponseStatus.BAD_REQUEST,
                    "unable to upgrade: Sec-WebSocket-Version must be 13, and Sec-WebSocket-Key 16"
                            + " bytes in base64");
        }
        return new DefaultHttpHeaders().set(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT, answer(key));
    }

    private static boolean isKey(String key) {
        try {
            return Base64.getDecoder().decode(key).length == KEY_BYTES;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static String answer(String key) {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-1")
                            .digest((key + GUID).getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Optional<String> agree(
            FullHttpRequest request, List<String> served, HttpHeaders answer)
            throws RefusedException {
        List<String> asked =
                UpgradeHeaders.words(request.headers(), HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL);
        if (asked.isEmpty()) {
            return Optional.empty();
        }
        Optional<String> agreed = UpgradeHeaders.agree(asked, served);
        if (agreed.isEmpty()) {
            throw new RefusedException(
                    HttpResponseStatus.BAD_REQUEST,
                    "unable to upgrade: none of "
                            + asked
                            + " is spoken here, but any of "
                            + served);
        }
        answer.set(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, agreed.get());
        return agreed;
    }
}
