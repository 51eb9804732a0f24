package io.gantry.cri.streaming.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/** How a message says which channel it is of. */
public enum ChannelCoding {
    /** Its first byte. */
    BINARY {
        @Override
        WebSocketFrame encode(int channel, byte[] bytes, int from, int length) {
            return new BinaryWebSocketFrame(
                    Unpooled.wrappedBuffer(
                            Unpooled.wrappedBuffer(new byte[] {(byte) channel}),
                            Unpooled.wrappedBuffer(bytes, from, length)));
        }

        @Override
        Optional<Message> decode(ByteBuf content) {
            int channel = content.readUnsignedByte();
            return Optional.of(new Message(channel, ByteBufUtil.getBytes(content)));
        }
    },
    /** A digit, before the rest in base64. */
    BASE64 {
        @Override
        WebSocketFrame encode(int channel, byte[] bytes, int from, int length) {
            ByteBuf encoded =
                    Unpooled.wrappedBuffer(
                            Base64.getEncoder()
                                    .encode(
                                            java.util.Arrays.copyOfRange(
                                                    bytes, from, from + length)));
            return new TextWebSocketFrame(
                    Unpooled.wrappedBuffer(
                            Unpooled.wrappedBuffer(new byte[] {(byte) ('0' + channel)}), encoded));
        }

        @Override
        Optional<Message> decode(ByteBuf content) {
            int channel = content.readUnsignedByte() - '0';
            String text = content.toString(StandardCharsets.ISO_8859_1).strip();
            try {
                return Optional.of(new Message(channel, Base64.getDecoder().decode(text)));
            } catch (IllegalArgumentException e) {
                return Optional.empty();
            }
        }
    };

    /** A message of a channel. */
    @SuppressWarnings("ArrayRecordComponent") // handed on once, never compared
    record Message(int channel, byte[] bytes) {}

    abstract WebSocketFrame encode(int channel, byte[] bytes, int from, int length);

    /** Reads a message of at least one byte; empty when it is malformed. */
    abstract Optional<Message> decode(ByteBuf content);
}
