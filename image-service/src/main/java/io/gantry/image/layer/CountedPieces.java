package io.gantry.image.layer;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Pieces, and how many bytes they had so far. */
final class CountedPieces implements Pieces {

    private final Pieces pieces;
    private long count;

    CountedPieces(Pieces pieces) {
        this.pieces = pieces;
    }

    long count() {
        return count;
    }

    @Override
    public @Nullable ByteBuffer next() throws IOException {
        ByteBuffer piece = pieces.next();
        if (piece != null) {
            count += piece.remaining();
        }
        return piece;
    }
}
