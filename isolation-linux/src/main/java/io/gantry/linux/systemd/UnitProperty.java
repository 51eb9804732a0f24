package io.gantry.linux.systemd;

import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A property of a unit (systemd.resource-control(5), org.freedesktop.systemd1(5)).
 *
 * @param name as MemoryMax
 * @param value of the type that systemd has for it
 */
public record UnitProperty(String name, Value value) {

    /** A value of one of the types that D-Bus has. */
    public sealed interface Value {}

    /** Type s. */
    public record Text(String text) implements Value {}

    /** Type b. */
    public record Flag(boolean set) implements Value {}

    /**
     * Type t.
     *
     * @param number unsigned; −1 is systemd's infinity
     */
    public record Number(long number) implements Value {
        @Override
        public String toString() {
            return number == -1 ? "infinity" : Long.toUnsignedString(number);
        }
    }

    /** Type au, of process ids. */
    public record Processes(List<Integer> pids) implements Value {
        public Processes {
            pids = List.copyOf(pids);
        }
    }

    /** Type ay, of small numbers: bit n of byte m is 8 m + n. */
    public record Numbers(Set<Integer> members) implements Value {
        public Numbers {
            members = Set.copyOf(members);
        }
    }

    public UnitProperty {
        Objects.requireNonNull(value);
    }

    /** One of type s. */
    public static UnitProperty text(String name, String value) {
        return new UnitProperty(name, new Text(value));
    }

    /** One of type b. */
    public static UnitProperty flag(String name, boolean value) {
        return new UnitProperty(name, new Flag(value));
    }

    /** One of type t; −1 is infinity. */
    public static UnitProperty number(String name, long value) {
        return new UnitProperty(name, new Number(value));
    }
}
