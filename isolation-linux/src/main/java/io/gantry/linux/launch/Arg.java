package io.gantry.linux.launch;

import java.util.function.Supplier;

/** An argument of an op. Its words are made when a listing shows them, for most are never read. */
sealed interface Arg {

    /** Its number in the byte format. */
    int kind();

    /** Its 64 bits in the byte format. */
    long bits();

    /** As a listing shows it. */
    String shown();

    /** A value known when the program is compiled. */
    record Immediate(long value, Supplier<String> words) implements Arg {
        @Override
        public int kind() {
            return 0;
        }

        @Override
        public long bits() {
            return value;
        }

        @Override
        public String shown() {
            return words.get();
        }
    }

    /** Data in the blob. */
    record Pointer(int offset, Supplier<String> words) implements Arg {
        @Override
        public int kind() {
            return 1;
        }

        @Override
        public long bits() {
            return offset;
        }

        @Override
        public String shown() {
            return words.get();
        }
    }

    /** The result of an earlier op. */
    record Register(int number) implements Arg {
        @Override
        public int kind() {
            return 2;
        }

        @Override
        public long bits() {
            return number;
        }

        @Override
        public String shown() {
            return "r" + number;
        }
    }

    static Immediate of(long value) {
        return new Immediate(value, () -> Long.toString(value));
    }

    static Immediate octal(long value) {
        return new Immediate(value, () -> value == 0 ? "0" : "0" + Long.toOctalString(value));
    }

    static Immediate named(long value, String name) {
        return new Immediate(value, () -> name);
    }

    static Immediate named(long value, Supplier<String> name) {
        return new Immediate(value, name);
    }
}
