package io.gantry.runtime.service;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Names that are taken, each by one id. Thread-safe. */
final class NameRegistry {

    private final ConcurrentMap<String, String> holders = new ConcurrentHashMap<>();

    /**
     * Takes a name that is free.
     *
     * @return the id that holds it now: {@code id} when it was free or held by it before
     */
    String reserve(String name, String id) {
        String holder = holders.putIfAbsent(name, id);
        return holder == null ? id : holder;
    }

    /** Gives a name back; one that another id holds stays. */
    void release(String name, String id) {
        holders.remove(name, id);
    }
}
