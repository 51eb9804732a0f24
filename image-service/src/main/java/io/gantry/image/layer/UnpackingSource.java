package io.gantry.image.layer;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A source that may hold memory of a native library. */
interface UnpackingSource extends ByteSource, AutoCloseable {

    @Override
    void close();

    /** One that holds nothing. */
    static UnpackingSource of(ByteSource source) {
        return new UnpackingSource() {
            @Override
            public boolean read(ByteBuffer target) throws IOException {
                return source.read(target);
            }

            @Override
            public void close() {}
        };
    }
}
