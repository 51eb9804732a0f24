package io.gantry.e2e.harness;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** A program that runs, is spoken to, and says something; ended when closed. */
public final class Running implements AutoCloseable {

    private final Command command;
    private final Process process;
    private final StringBuilder out = new StringBuilder();
    private final StringBuilder err = new StringBuilder();

    /** Starts it. */
    public Running(Command command) {
        this.command = command;
        try {
            process = command.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(() -> read(process.getInputStream(), out));
        Thread.ofVirtual().start(() -> read(process.getErrorStream(), err));
    }

    private static void read(InputStream from, StringBuilder to) {
        byte[] buffer = new byte[4096];
        try (from) {
            for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
                synchronized (to) {
                    to.append(new String(buffer, 0, n, StandardCharsets.UTF_8));
                }
            }
        } catch (IOException e) {
            // It has ended.
        }
    }

    /** What it has said on standard output so far. */
    public String out() {
        return text(out);
    }

    private static String text(StringBuilder of) {
        synchronized (of) {
            return of.toString();
        }
    }

    /** Waits until it has said a text there. */
    public void awaitOut(String text) {
        Await.until(
                () -> "\"" + text + "\" from " + this,
                Await.seconds(60),
                () -> out().contains(text));
    }

    /** Writes to its standard input. */
    public void type(String text) {
        try {
            process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(toString(), e);
        }
    }

    /** Ends its standard input. */
    public void endInput() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public ProcessHandle handle() {
        return process.toHandle();
    }

    /** Ends it as nobody can help. */
    public void kill() {
        Process _ = process.destroyForcibly().onExit().join();
    }

    /** Waits for its end; its exit code. */
    public int await() {
        try {
            if (!process.waitFor(Await.seconds(60).toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("it still runs: " + this);
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    @Override
    public String toString() {
        return String.join(" ", command.words()) + "\n" + text(out) + text(err);
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        kill();
    }
}
