package io.gantry.linux.shim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FrameVectorsTest {

    private static final ProcessEntry KILLED_EXEC =
            new ProcessEntry(
                    "c1",
                    ProcessEntry.Kind.EXEC,
                    "c0",
                    4712,
                    ProcessEntry.State.EXITED,
                    137,
                    9,
                    Instant.parse("2016-10-06T00:17:09.669794202Z"),
                    Optional.of(Instant.parse("2016-10-06T00:17:10.000000001Z")));

    @Test
    void helloIsEncoded() {
        assertThat(bytes(Request.hello(1))).isEqualTo(Vectors.bytes("hello"));
    }

    @Test
    void startIsEncoded() {
        StartRequest request =
                new StartRequest(
                        "c1",
                        new StartRequest.Placement(
                                ProcessEntry.Kind.EXEC,
                                "c0",
                                0x20000,
                                Optional.of(Path.of("/sys/fs/cgroup/p/c1"))),
                        new StartRequest.StandardIo(true, true, true),
                        new StartRequest.Files(
                                Optional.of(Path.of("/log/c1/0.log")),
                                Optional.of(Path.of("/run/c1/exit"))),
                        new byte[] {1, 2, 3});
        assertThat(bytes(Request.start(request, true).encode(7))).isEqualTo(Vectors.bytes("start"));
    }

    @Test
    void signalIsEncoded() {
        Request signal = Request.about(FrameType.SIGNAL, "c1", Request.Numbers.signal(15));
        assertThat(bytes(signal.encode(8))).isEqualTo(Vectors.bytes("signal"));
    }

    @Test
    void stdinIsEncoded() {
        assertThat(bytes(Request.stdin("ahi\n".getBytes(UTF_8), 1, 3)))
                .isEqualTo(Vectors.bytes("stdin"));
    }

    @Test
    void exitedIsDecoded() throws IOException {
        Frame frame = Vectors.frame("exited");
        assertThat(frame.type()).isEqualTo(FrameType.EXITED);
        assertThat(frame.requestId()).isZero();
        assertThat(frame.<ProcessEntry>decode(Frame::entry)).isEqualTo(KILLED_EXEC);
        assertThat(frame.payload().hasRemaining()).isFalse();
    }

    @Test
    void listingIsDecoded() throws IOException {
        ProcessEntry running =
                new ProcessEntry(
                        "c0",
                        ProcessEntry.Kind.CONTAINER,
                        "",
                        4711,
                        ProcessEntry.State.RUNNING,
                        0,
                        0,
                        Instant.parse("2016-10-06T00:17:09.669794201Z"),
                        Optional.empty());
        assertThat(Vectors.frame("listing").decode(Frame::entries))
                .containsExactly(KILLED_EXEC, running);
    }

    @Test
    void outputIsDecoded() {
        Frame frame = Vectors.frame("output");
        assertThat(frame.u8()).isEqualTo(2);
        assertThat(frame.rest()).asString().isEqualTo("hi\n");
    }

    @Test
    void startedIsPassedOn() throws IOException {
        Frame frame = Answers.checked("c1", Vectors.frame("started"));
        assertThat(frame.<Integer>decode(Frame::i32)).isEqualTo(4712);
    }

    @Test
    void failedNamesStageOpAndErrno() {
        LaunchFailedException failure =
                catchThrowableOfType(
                        LaunchFailedException.class,
                        () -> Answers.checked("c1", Vectors.frame("failed")));
        assertThat(failure)
                .hasMessage(
                        "start of c1 failed: launch program: ENOENT (No such file or directory)");
        assertThat(failure.stage()).isEqualTo(LaunchFailedException.Stage.PROGRAM);
        assertThat(failure.op()).isEqualTo(5);
        assertThat(failure.errno()).isEqualTo(2);
    }

    @Test
    void errorCarriesItsErrno() {
        ShimException failure =
                catchThrowableOfType(
                        ShimException.class, () -> Answers.checked("c1", Vectors.frame("error")));
        assertThat(failure).hasMessage("signal: ESRCH (No such process)");
        assertThat(failure.errno()).isEqualTo(3);
        assertThat(failure.id()).isEqualTo("c1");
    }

    @Test
    void payloadThatEndsEarlyIsAnIoException() {
        Frame whole = Vectors.frame("exited");
        Frame cut = new Frame(whole.type(), 0, whole.payload().slice(18, 20));
        assertThatThrownBy(() -> cut.<ProcessEntry>decode(Frame::entry))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("malformed frame of type 24");
    }

    @Test
    void recordOfAnExitIsRead(@TempDir Path directory) throws IOException {
        byte[] frame = Vectors.bytes("exited");
        byte[] record = Arrays.copyOfRange(frame, Frame.HEADER, frame.length);
        Path file = Files.write(directory.resolve("exit"), record);
        assertThat(ProcessEntry.readRecord(file)).contains(KILLED_EXEC);
        assertThat(ProcessEntry.readRecord(directory.resolve("none"))).isEmpty();
        Files.write(file, Arrays.copyOf(record, record.length - 1));
        assertThatThrownBy(() -> ProcessEntry.readRecord(file))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("read exit record " + file);
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }
}
