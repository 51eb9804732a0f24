package io.gantry.image.service;

import io.gantry.base.error.DataLossException;
import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Ingest;
import io.gantry.image.service.LayerUnpacker.Below;
import io.gantry.image.service.LayerUnpacker.Order;
import io.gantry.image.service.PullListener.Phase;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** Makes blobs be here without unpacking them. Thread-safe. */
final class BlobReceiver implements LayerMaker {

    private static final int BUFFER = 256 * 1024;

    private final ContentStore content;

    BlobReceiver(ContentStore content) {
        this.content = content;
    }

    @Override
    public void make(LayerPlan plan, Order order, Below below) throws IOException {
        order.listener().phase(plan.descriptor(), Phase.WAITING);
        try {
            receive(plan.descriptor(), order);
        } catch (StaleIngestException e) {
            // What an earlier attempt had left was not its beginning, or a mirror lied.
            receive(plan.descriptor(), order);
        }
        order.listener().phase(plan.descriptor(), Phase.DONE);
    }

    private void receive(Descriptor blob, Order order) throws IOException {
        Optional<Ingest> opened = content.ingest(blob, order.deadline());
        if (opened.isEmpty()) {
            return;
        }
        order.listener().phase(blob, Phase.RECEIVING);
        try (Ingest ingest = opened.get()) {
            boolean resumed = ingest.written() > 0;
            try (InputStream arriving =
                    new IngestingStream(order.fetcher(), ingest, blob, order.listener())) {
                byte[] buffer = new byte[BUFFER];
                while (arriving.read(buffer) >= 0) {
                    order.deadline().check("receiving blob " + blob.digest());
                }
                ingest.commit();
            } catch (DataLossException e) {
                ingest.discard();
                if (resumed || order.fetcher().distrust(blob)) {
                    throw new StaleIngestException(e);
                }
                throw e;
            }
        }
    }

    /** A blob turned out wrong that may be right at the next attempt. */
    private static final class StaleIngestException extends IOException {
        private static final long serialVersionUID = 1L;

        StaleIngestException(DataLossException cause) {
            super(cause.getMessage(), cause);
        }
    }
}
