package io.gantry.image.registry;

import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A blob in memory that is pushed; notes what it is told. */
final class FakeBlob implements OutgoingBlob {

    private final byte[] bytes;
    private final Descriptor descriptor;
    private final List<String> sources;
    private final List<Long> sent = new CopyOnWriteArrayList<>();
    private final AtomicInteger prepared = new AtomicInteger();

    FakeBlob(byte[] bytes, String... sources) {
        this(bytes, Descriptor.of(MediaType.OCI_LAYER, bytes), sources);
    }

    private FakeBlob(byte[] bytes, Descriptor descriptor, String... sources) {
        this.bytes = bytes;
        this.descriptor = descriptor;
        this.sources = List.of(sources);
    }

    /** Claims to be what it is not. */
    static FakeBlob damaged(byte[] bytes) {
        byte[] claimed = bytes.clone();
        claimed[0]++;
        return new FakeBlob(bytes, Descriptor.of(MediaType.OCI_LAYER, claimed));
    }

    Digest digest() {
        return descriptor.digest();
    }

    List<Long> sent() {
        return List.copyOf(sent);
    }

    int prepared() {
        return prepared.get();
    }

    @Override
    public Descriptor descriptor() {
        return descriptor;
    }

    @Override
    public List<String> mountSources() {
        return sources;
    }

    @Override
    public void prepare() {
        prepared.incrementAndGet();
    }

    @Override
    public InputStream open(long offset) {
        int from = (int) offset;
        return new ByteArrayInputStream(bytes, from, bytes.length - from);
    }

    @Override
    public void sent(long count) {
        sent.add(count);
    }
}
