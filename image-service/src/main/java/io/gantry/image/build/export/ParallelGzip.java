package io.gantry.image.build.export;

import io.gantry.base.error.CancelledException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.zip.CRC32;

/**
 * Gzip by several threads. The input is cut into blocks of one size, each deflated with the end of
 * the one before as its dictionary, so that the bytes do not depend on how many threads there are.
 * The header has no time and no name. Used by one thread.
 */
final class ParallelGzip extends OutputStream {

    private static final int BLOCK_BYTES = 1 << 20;
    private static final int DICTIONARY_BYTES = 32 * 1024;
    private static final byte[] HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 255};

    private final OutputStream out;
    private final ExecutorService pool;
    private final BlockDeflater deflater;
    private final int ahead;
    private final Deque<Future<byte[]>> running = new ArrayDeque<>();
    private final CRC32 crc = new CRC32();
    private byte[] block = new byte[BLOCK_BYTES];
    private byte[] dictionary = new byte[0];
    private int filled;
    private long total;

    /**
     * A stream.
     *
     * @param out stays open
     * @param pool that deflates
     * @param ahead blocks that are deflated or wait for it, at most
     */
    ParallelGzip(OutputStream out, ExecutorService pool, BlockDeflater deflater, int ahead)
            throws IOException {
        this.out = out;
        this.pool = pool;
        this.deflater = deflater;
        this.ahead = ahead;
        out.write(HEADER);
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        crc.update(bytes, offset, length);
        total += length;
        int done = 0;
        while (done < length) {
            int part = Math.min(length - done, BLOCK_BYTES - filled);
            System.arraycopy(bytes, offset + done, block, filled, part);
            filled += part;
            done += part;
            if (filled == BLOCK_BYTES) {
                submit(false);
            }
        }
    }

    /** Writes the end. */
    void finish() throws IOException {
        submit(true);
        while (!running.isEmpty()) {
            take();
        }
        byte[] trailer = new byte[8];
        for (int i = 0; i < 4; i++) {
            trailer[i] = (byte) (crc.getValue() >>> (8 * i));
            trailer[4 + i] = (byte) (total >>> (8 * i));
        }
        out.write(trailer);
    }

    /** Gives up what is not written. */
    @Override
    public void close() {
        running.forEach(each -> each.cancel(true));
        running.clear();
    }

    private void submit(boolean last) throws IOException {
        if (running.size() >= ahead) {
            take();
        }
        byte[] input = block;
        int length = filled;
        byte[] before = dictionary;
        running.add(pool.submit(() -> deflater.deflate(input, length, before, last)));
        dictionary = Arrays.copyOfRange(input, Math.max(0, length - DICTIONARY_BYTES), length);
        block = new byte[BLOCK_BYTES];
        filled = 0;
    }

    private void take() throws IOException {
        try {
            out.write(running.remove().get());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("compressing a layer was interrupted", e);
        } catch (ExecutionException e) {
            throw new IOException("cannot compress a layer: " + e.getCause(), e);
        }
    }
}
