package io.gantry.cri.grpc;

import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.service.PushListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/** The latest that is known of each part of a push; written without waiting, read by one thread. */
final class PushWatch implements PushListener {

    private final Map<Digest, Cell> cells = new ConcurrentHashMap<>();
    private final Queue<Cell> order = new ConcurrentLinkedQueue<>();

    /** How a part stands. */
    record Part(Descriptor descriptor, Phase phase, long sent) {}

    @Override
    public void phase(Descriptor part, Phase phase) {
        cell(part).phase = phase;
    }

    @Override
    public void sent(Descriptor blob, long sent) {
        cell(blob).sent = sent;
    }

    /** The parts that are not as this said last, in the order in which they became known. */
    List<Part> news() {
        List<Part> news = new ArrayList<>();
        for (Cell cell : order) {
            Part now = new Part(cell.descriptor, cell.phase, cell.sent);
            if (!now.equals(cell.told)) {
                cell.told = now;
                news.add(now);
            }
        }
        return news;
    }

    private Cell cell(Descriptor part) {
        return cells.computeIfAbsent(
                part.digest(),
                _ -> {
                    Cell cell = new Cell(part);
                    order.add(cell);
                    return cell;
                });
    }

    private static final class Cell {

        private final Descriptor descriptor;
        private volatile Phase phase = Phase.WAITING;
        private volatile long sent;
        private Part told;

        Cell(Descriptor descriptor) {
            this.descriptor = descriptor;
            this.told = new Part(descriptor, Phase.WAITING, -1);
        }
    }
}
