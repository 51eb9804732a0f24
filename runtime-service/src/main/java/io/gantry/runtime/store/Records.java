package io.gantry.runtime.store;

import io.gantry.base.Deadline;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.UnavailableException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Immutable records of one kind by id. A change is computed, made durable, and only then published;
 * readers never wait and see what was last published. Thread-safe.
 *
 * @param <V> the record
 */
public final class Records<V> {

    private static final int VERSION = 1;

    private final Database database;
    private final String kind;
    private final JsonCodec<V> codec;
    private final Function<V, String> idOf;
    private final ConcurrentNavigableMap<String, V> published = new ConcurrentSkipListMap<>();
    private final ReentrantLock writing = new ReentrantLock();
    private final Condition changed = writing.newCondition();
    private volatile Observer<V> observer = (before, after) -> {};

    public Records(Database database, String kind, Class<V> type, Function<V, String> idOf) {
        this.database = database;
        this.kind = kind;
        this.codec = new JsonCodec<>(type);
        this.idOf = idOf;
    }

    /** Sees changes. */
    @FunctionalInterface
    public interface Observer<V> {
        /**
         * A record was published; called in the order of the changes, before the next one is made.
         * It must neither wait nor change records of this kind.
         *
         * @param before null: it is new
         * @param after null: it was removed
         */
        void changed(@Nullable V before, @Nullable V after);
    }

    /** Tells one observer of every change from now on, in place of the one before. */
    public void observe(Observer<V> other) {
        observer = other;
    }

    /**
     * Publishes what is stored; to be called once, before anything else.
     *
     * @throws StoreException when a record cannot be read, naming it
     */
    public void load() {
        for (Map.Entry<String, Database.Row> row : database.all(kind).entrySet()) {
            String what = kind + " " + row.getKey();
            if (row.getValue().version() != VERSION) {
                throw new StoreException(
                        what + " has version " + row.getValue().version() + ", not " + VERSION,
                        new IOException("unknown record version"));
            }
            try {
                published.put(row.getKey(), codec.read(row.getValue().json()));
            } catch (IOException e) {
                throw new StoreException("read " + what + ": " + e.getMessage(), e);
            }
        }
    }

    /** Stores and publishes a new record, or replaces the one of the same id. */
    public void put(V value) {
        locked(() -> store(value));
    }

    /** Publishes a record that is not to outlive this process: nothing is stored. */
    public void announce(V value) {
        locked(() -> publish(value));
    }

    /**
     * Replaces a record by what {@code transition} makes of it, which must be pure and may throw.
     *
     * @return the new one; empty when there is none of that id
     */
    public Optional<V> update(String id, UnaryOperator<V> transition) {
        return locked(
                () -> {
                    V before = published.get(id);
                    if (before == null) {
                        return Optional.<V>empty();
                    }
                    V after = transition.apply(before);
                    return Optional.of(after.equals(before) ? before : replace(after));
                });
    }

    /** Removes a record; one that is not there is no error. */
    public void remove(String id) {
        locked(
                () -> {
                    database.delete(kind, id);
                    @Nullable V removed = published.remove(id);
                    changed.signalAll();
                    if (removed != null) {
                        observer.changed(removed, null);
                    }
                    return removed != null;
                });
    }

    /** The record of exactly that id. */
    public Optional<V> find(String id) {
        return Optional.ofNullable(published.get(id));
    }

    /**
     * The record whose id is {@code prefix} or begins with it.
     *
     * @throws InvalidArgumentException when {@code prefix} is empty or several fit
     */
    public Optional<V> resolve(String prefix) {
        V exact = published.get(prefix);
        if (exact != null) {
            return Optional.of(exact);
        }
        if (prefix.isEmpty()) {
            throw new InvalidArgumentException(kind + " id is empty");
        }
        Map.@Nullable Entry<String, V> first = published.ceilingEntry(prefix);
        if (first == null || !first.getKey().startsWith(prefix)) {
            return Optional.empty();
        }
        Map.@Nullable Entry<String, V> second = published.higherEntry(first.getKey());
        if (second != null && second.getKey().startsWith(prefix)) {
            throw new InvalidArgumentException(
                    kind + " id prefix " + prefix + " fits more than one");
        }
        return Optional.of(first.getValue());
    }

    /** Those that match, by id. */
    public List<V> list(Predicate<V> filter) {
        List<V> matching = new ArrayList<>();
        for (V value : published.values()) {
            if (filter.test(value)) {
                matching.add(value);
            }
        }
        return matching;
    }

    /**
     * Waits until the record satisfies {@code condition} or is gone.
     *
     * @return the record, empty when it is gone
     * @throws io.gantry.base.error.DeadlineExceededException when {@code deadline} comes first
     */
    public Optional<V> await(String id, Predicate<V> condition, Deadline deadline) {
        return locked(
                () -> {
                    if (!awaitHeld(id, condition, deadline)) {
                        deadline.check("waiting for " + kind + " " + id);
                    }
                    return find(id);
                });
    }

    /**
     * As {@link #await(String, Predicate, Deadline)}, for one who has something else to try.
     *
     * @return false when the time ran out
     */
    public boolean reaches(String id, Predicate<V> condition, Deadline deadline) {
        return locked(() -> awaitHeld(id, condition, deadline));
    }

    private boolean awaitHeld(String id, Predicate<V> condition, Deadline deadline) {
        try {
            while (find(id).filter(condition.negate()).isPresent()) {
                if (deadline.expired()) {
                    return false;
                }
                changed.awaitNanos(deadline.remaining().toNanos());
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnavailableException("interrupted while waiting for " + kind + " " + id, e);
        }
    }

    private V store(V value) {
        String id = idOf.apply(value);
        database.put(kind, id, VERSION, codec.write(value));
        return publish(value);
    }

    private V replace(V value) {
        database.replace(kind, idOf.apply(value), VERSION, codec.write(value));
        return publish(value);
    }

    private V publish(V value) {
        @Nullable V before = published.put(idOf.apply(value), value);
        changed.signalAll();
        observer.changed(before, value);
        return value;
    }

    private <T> T locked(Supplier<T> work) {
        writing.lock();
        try {
            return work.get();
        } finally {
            writing.unlock();
        }
    }
}
