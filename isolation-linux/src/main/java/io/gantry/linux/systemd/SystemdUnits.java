package io.gantry.linux.systemd;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import org.freedesktop.dbus.connections.impl.DBusConnection;
import org.freedesktop.dbus.connections.impl.DBusConnectionBuilder;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.exceptions.DBusExecutionException;
import org.freedesktop.dbus.messages.Error;
import org.freedesktop.dbus.messages.Message;
import org.freedesktop.dbus.messages.MethodCall;
import org.freedesktop.dbus.types.UInt32;
import org.freedesktop.dbus.types.UInt64;
import org.freedesktop.dbus.types.Variant;
import org.jspecify.annotations.Nullable;

/**
 * Systemd, over a bus. It connects when it is first needed, and again when the bus was restarted.
 * Messages instead of the library's proxies: those lose the names of errors.
 */
public final class SystemdUnits implements Units {

    /** The bus of a machine (dbus-daemon(1)). */
    public static final Path SYSTEM_BUS = Path.of("/run/dbus/system_bus_socket");

    /** Systemd makes this directory when it is the machine's init (sd_booted(3)). */
    private static final Path BOOTED = Path.of("/run/systemd/system");

    private static final String NAME = "org.freedesktop.systemd1";
    private static final String PATH = "/org/freedesktop/systemd1";
    private static final String MANAGER = NAME + ".Manager";
    private static final byte NO_FLAGS = 0;

    /** Longer than a busy systemd takes to reload. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** A job that is in the way of another goes. */
    private static final String REPLACE = "replace";

    private final Path socket;
    private @Nullable DBusConnection connection;

    /** Asks at that socket; nothing is opened yet. */
    public SystemdUnits(Path socket) {
        this.socket = socket;
    }

    /** Whether systemd is this machine's init and can be asked. */
    public static boolean isThere() {
        return Files.isDirectory(BOOTED) && Files.exists(SYSTEM_BUS);
    }

    @Override
    public void startTransient(String unit, List<UnitProperty> properties) throws IOException {
        call("StartTransientUnit", "ssa(sv)a(sa(sv))", unit, REPLACE, wire(properties), List.of());
    }

    @Override
    public void change(String unit, List<UnitProperty> properties) throws IOException {
        call("SetUnitProperties", "sba(sv)", unit, true, wire(properties));
    }

    @Override
    public void stop(String unit) throws IOException {
        callIfLoaded("StopUnit", "ss", unit, REPLACE);
    }

    @Override
    public void resetFailed(String unit) throws IOException {
        callIfLoaded("ResetFailedUnit", "s", unit);
    }

    private void callIfLoaded(String method, String signature, Object... arguments)
            throws IOException {
        try {
            call(method, signature, arguments);
        } catch (UnitException e) {
            if (!e.missing()) {
                throw e;
            }
        }
    }

    /** Makes a call whose first argument is the unit. */
    private void call(String method, String signature, Object... arguments) throws IOException {
        String what = method + " " + arguments[0];
        DBusConnection used = connection();
        Message reply = exchange(used, what, method, signature, arguments);
        if (reply == null && !used.isConnected()) {
            // The bus was restarted since the last call, and this one was not heard.
            reply = exchange(connection(), what, method, signature, arguments);
        }
        if (reply == null) {
            throw new IOException(what + ": systemd does not answer at " + socket);
        }
        if (reply instanceof Error error) {
            throw new UnitException(
                    String.valueOf(error.getName()), what + ": systemd refuses: " + text(error));
        }
    }

    private static @Nullable Message exchange(
            DBusConnection bus, String what, String method, String signature, Object... arguments)
            throws IOException {
        try {
            MethodCall call =
                    bus.getMessageFactory()
                            .createMethodCall(
                                    bus.getUniqueName(),
                                    NAME,
                                    PATH,
                                    MANAGER,
                                    method,
                                    NO_FLAGS,
                                    signature,
                                    arguments);
            bus.sendMessage(call);
            Message reply = call.getReply(PATIENCE.toMillis());
            if (reply == null && Thread.currentThread().isInterrupted()) {
                throw new InterruptedIOException(what + ": interrupted");
            }
            return reply;
        } catch (DBusException | DBusExecutionException e) {
            throw new IOException(what + ": " + e.getMessage(), e);
        }
    }

    private static String text(Error error) throws IOException {
        try {
            Object[] parameters = error.getParameters();
            return parameters.length == 0 ? String.valueOf(error.getName()) : "" + parameters[0];
        } catch (DBusException e) {
            throw new IOException("read an error of systemd: " + e.getMessage(), e);
        }
    }

    private synchronized DBusConnection connection() throws IOException {
        DBusConnection now = connection;
        if (now != null && now.isConnected()) {
            return now;
        }
        // The library tries again for many seconds.
        if (!Files.exists(socket)) {
            throw new IOException("systemd cannot be asked: there is no bus at " + socket);
        }
        try {
            DBusConnection fresh =
                    DBusConnectionBuilder.forAddress("unix:path=" + socket)
                            .withShared(false)
                            .build();
            connection = fresh;
            return fresh;
        } catch (DBusException | DBusExecutionException e) {
            throw new IOException(
                    "systemd cannot be asked at " + socket + ": " + e.getMessage(), e);
        }
    }

    private static List<Object[]> wire(List<UnitProperty> properties) {
        return properties.stream()
                .map(each -> new Object[] {each.name(), wire(each.value())})
                .toList();
    }

    private static Variant<?> wire(UnitProperty.Value value) {
        return switch (value) {
            case UnitProperty.Text(String text) -> new Variant<>(text);
            case UnitProperty.Flag(boolean set) -> new Variant<>(set);
            case UnitProperty.Number(long number) ->
                    new Variant<>(new UInt64(Long.toUnsignedString(number)));
            case UnitProperty.Processes(List<Integer> pids) ->
                    new Variant<>(pids.stream().map(UInt32::new).toList(), "au");
            case UnitProperty.Numbers(Set<Integer> members) -> new Variant<>(bits(members), "ay");
        };
    }

    private static byte[] bits(Set<Integer> members) {
        BitSet bits = new BitSet();
        members.forEach(bits::set);
        return bits.toByteArray();
    }

    @Override
    public synchronized void close() throws IOException {
        DBusConnection now = connection;
        connection = null;
        if (now != null) {
            now.close();
        }
    }
}
