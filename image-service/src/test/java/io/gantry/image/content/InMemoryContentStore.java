package io.gantry.image.content;

import io.gantry.base.Deadline;
import io.gantry.base.error.DataLossException;
import io.gantry.base.error.NotFoundException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;

/** A content store without a disk, under the same contract as the real one. */
public final class InMemoryContentStore implements ContentStore {

    private final Map<Digest, byte[]> blobs = new ConcurrentHashMap<>();
    private final Map<Digest, byte[]> partial = new ConcurrentHashMap<>();
    private final IngestTurns turns = new IngestTurns();

    @Override
    public OptionalLong find(Digest digest) {
        byte[] bytes = blobs.get(digest);
        return bytes == null ? OptionalLong.empty() : OptionalLong.of(bytes.length);
    }

    @Override
    public InputStream open(Digest digest) {
        byte[] bytes = blobs.get(digest);
        if (bytes == null) {
            throw new NotFoundException("blob " + digest + " is not in the content store");
        }
        return new ByteArrayInputStream(bytes);
    }

    @Override
    public Optional<Path> file(Digest digest) {
        return Optional.empty();
    }

    @Override
    public Optional<Ingest> ingest(Descriptor expected, Deadline deadline) {
        turns.take(expected.digest(), deadline);
        if (blobs.containsKey(expected.digest())) {
            turns.leave(expected.digest());
            return Optional.empty();
        }
        return Optional.of(new MemoryIngest(expected));
    }

    @Override
    public Intake intake(Digest.Algorithm algorithm, long size) {
        return new MemoryIntake(algorithm);
    }

    @Override
    public boolean delete(Digest digest) {
        return blobs.remove(digest) != null;
    }

    @Override
    public List<Digest> list() {
        return List.copyOf(blobs.keySet());
    }

    @Override
    public List<Digest> listPartial(Instant untouchedSince) {
        // Nothing here has an age: only who asks for all parts gets some.
        return untouchedSince.equals(Instant.MAX) ? List.copyOf(partial.keySet()) : List.of();
    }

    @Override
    public boolean demote(Digest digest) {
        byte[] bytes = blobs.remove(digest);
        if (bytes == null) {
            return false;
        }
        partial.put(digest, bytes);
        return true;
    }

    @Override
    public OptionalLong findPartial(Digest digest) {
        byte[] part = partial.get(digest);
        return part == null ? OptionalLong.empty() : OptionalLong.of(part.length);
    }

    @Override
    public void deletePartial(Digest digest) {
        partial.remove(digest);
    }

    @Override
    public void sync() {}

    private final class MemoryIntake implements Intake {
        private final Digest.Algorithm algorithm;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        MemoryIntake(Digest.Algorithm algorithm) {
            this.algorithm = algorithm;
        }

        @Override
        public void write(byte[] from, int offset, int length) {
            bytes.write(from, offset, length);
        }

        @Override
        public long written() {
            return bytes.size();
        }

        @Override
        public Digest digest() {
            return Digest.of(algorithm, bytes.toByteArray());
        }

        @Override
        public void commit() {
            blobs.putIfAbsent(digest(), bytes.toByteArray());
        }

        @Override
        public void close() {}
    }

    private final class MemoryIngest implements Ingest {
        private final Descriptor expected;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private boolean committed;

        MemoryIngest(Descriptor expected) {
            this.expected = expected;
            byte[] kept = partial.remove(expected.digest());
            if (kept != null) {
                bytes.writeBytes(kept);
            }
        }

        @Override
        public long written() {
            return bytes.size();
        }

        @Override
        public InputStream openWritten() {
            return new ByteArrayInputStream(bytes.toByteArray());
        }

        @Override
        public void write(byte[] from, int offset, int length) {
            if (bytes.size() + length > expected.size()) {
                bytes.reset();
                throw new DataLossException(
                        "blob "
                                + expected.digest()
                                + " is longer than the "
                                + expected.size()
                                + " bytes that its descriptor says");
            }
            bytes.write(from, offset, length);
        }

        @Override
        public void restart() {
            bytes.reset();
        }

        @Override
        public void commit() {
            byte[] all = bytes.toByteArray();
            bytes.reset();
            if (all.length != expected.size()) {
                throw new DataLossException(
                        "blob "
                                + expected.digest()
                                + " has "
                                + all.length
                                + " bytes where its descriptor says "
                                + expected.size());
            }
            Digest got = Digest.of(expected.digest().algorithm(), all);
            if (!got.equals(expected.digest())) {
                throw new DataLossException(
                        "blob has digest " + got + " where " + expected.digest() + " was expected");
            }
            blobs.put(expected.digest(), all);
            committed = true;
        }

        @Override
        public void discard() {
            bytes.reset();
        }

        @Override
        public void close() {
            if (!committed && bytes.size() > 0) {
                partial.put(expected.digest(), bytes.toByteArray());
            }
            turns.leave(expected.digest());
        }
    }
}
