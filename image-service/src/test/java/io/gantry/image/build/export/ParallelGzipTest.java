package io.gantry.image.build.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.base.Tasks;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Of lengths around those of a block, half random and half not. */
class ParallelGzipTest {

    private static final int BLOCK = 1 << 20;

    private static Map<String, BlockDeflater> deflaters() {
        return Map.of("zlib", BlockDeflater.zlib(4), "ISA-L", IsalBlocks.find().orElseThrow());
    }

    private static byte[] content(int length) {
        byte[] content = new byte[length];
        new Random(length).nextBytes(content);
        for (int i = 0; i < length; i++) {
            if (i / 10_000 % 2 == 0) {
                content[i] = (byte) ('a' + (content[i] & 3));
            }
        }
        return content;
    }

    private static byte[] pack(byte[] content, BlockDeflater deflater, int threads, int piece)
            throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ExecutorService pool = Tasks.nativePool("test-gzip", threads);
                ParallelGzip gzip = new ParallelGzip(out, pool, deflater, threads + 1)) {
            for (int at = 0; at < content.length; at += piece) {
                gzip.write(content, at, Math.min(piece, content.length - at));
            }
            gzip.finish();
        }
        return out.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 65_536, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 70_000})
    void unpacksToWhatWasPackedHoweverManyThreadsPackIt(int length) throws IOException {
        byte[] content = content(length);
        for (Map.Entry<String, BlockDeflater> each : deflaters().entrySet()) {
            byte[] packed = pack(content, each.getValue(), 1, 70_001);

            assertThat(new GZIPInputStream(new ByteArrayInputStream(packed)).readAllBytes())
                    .as(each.getKey())
                    .isEqualTo(content);
            assertThat(pack(content, each.getValue(), 3, 1 << 16))
                    .as("%s by three threads", each.getKey())
                    .isEqualTo(packed);
            assertThat(packed.length).as(each.getKey()).isLessThanOrEqualTo(length / 5 * 4 + 64);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {65_536, BLOCK, 2 * BLOCK + 1})
    void whatCannotBePackedGrowsByLittle(int length) throws IOException {
        byte[] content = new byte[length];
        new Random(5).nextBytes(content);
        for (Map.Entry<String, BlockDeflater> each : deflaters().entrySet()) {
            byte[] packed = pack(content, each.getValue(), 2, length);

            assertThat(new GZIPInputStream(new ByteArrayInputStream(packed)).readAllBytes())
                    .as(each.getKey())
                    .isEqualTo(content);
            assertThat(packed.length).as(each.getKey()).isLessThan(length + length / 500 + 200);
        }
    }
}
