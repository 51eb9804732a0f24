package io.gantry.linux.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.freedesktop.dbus.DBusPath;
import org.freedesktop.dbus.connections.impl.DBusConnection;
import org.freedesktop.dbus.connections.impl.DBusConnectionBuilder;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.exceptions.DBusExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes over a bus to somebody with systemd's name; it needs dbus-daemon, and no systemd. */
@Tag("privileged")
final class SystemdUnitsPrivilegedIT {

    private static final DBusPath JOB = new DBusPath("/org/freedesktop/systemd1/job/1");

    @TempDir private Path directory;
    private MessageBus bus;
    private DBusConnection server;
    private SystemdUnits units;
    private final List<String> calls = new CopyOnWriteArrayList<>();

    @BeforeEach
    void serve() throws IOException, DBusException {
        bus = new MessageBus(directory);
        server = server();
        units = new SystemdUnits(bus.socket());
    }

    private DBusConnection server() throws DBusException {
        DBusConnection connection =
                DBusConnectionBuilder.forAddress("unix:path=" + bus.socket())
                        .withShared(false)
                        .build();
        connection.exportObject("/org/freedesktop/systemd1", new Listener());
        connection.requestBusName("org.freedesktop.systemd1");
        return connection;
    }

    @AfterEach
    void end() throws IOException {
        units.close();
        server.close();
        bus.close();
    }

    /** Notes what it is called with, and refuses units called after the reason. */
    private final class Listener implements Manager {

        @Override
        public String getObjectPath() {
            return "/org/freedesktop/systemd1";
        }

        @Override
        public DBusPath startTransientUnit(
                String name, String mode, List<Property> properties, List<Auxiliary> others) {
            note("start %s %s %s %d".formatted(name, mode, text(properties), others.size()));
            return JOB;
        }

        @Override
        public void setUnitProperties(String name, boolean runtime, List<Property> properties) {
            note("set %s %s %s".formatted(name, runtime, text(properties)));
        }

        @Override
        public DBusPath stopUnit(String name, String mode) {
            note("stop %s %s".formatted(name, mode));
            return JOB;
        }

        @Override
        public void resetFailedUnit(String name) {
            note("reset " + name);
        }

        private void note(String call) {
            calls.add(call);
            if (call.contains("refused")) {
                throw new DBusExecutionException("no such thing");
            }
        }

        private String text(List<Property> properties) {
            return properties.stream()
                    .map(each -> each.name() + ":" + each.value().getSig() + "=" + text(each))
                    .collect(Collectors.joining(" "));
        }

        private String text(Property property) {
            return switch (property.value().getValue()) {
                case byte[] bytes -> Arrays.toString(bytes);
                case Object[] values -> Arrays.toString(values);
                case Object value -> value.toString();
            };
        }
    }

    @Test
    void propertiesHaveSystemdsTypes() throws IOException {
        units.startTransient(
                "gantry-1.scope",
                List.of(
                        UnitProperty.text("Slice", "a.slice"),
                        UnitProperty.flag("Delegate", true),
                        UnitProperty.number("TasksMax", -1),
                        UnitProperty.number("MemoryMax", 1 << 20),
                        new UnitProperty("PIDs", new UnitProperty.Processes(List.of(17, 18))),
                        new UnitProperty(
                                "AllowedCPUs", new UnitProperty.Numbers(Set.of(0, 1, 15)))));
        assertThat(calls)
                .containsExactly(
                        "start gantry-1.scope replace Slice:s=a.slice Delegate:b=true"
                                + " TasksMax:t=18446744073709551615 MemoryMax:t=1048576"
                                + " PIDs:au=[17, 18] AllowedCPUs:ay=[3, -128] 0");
    }

    @Test
    void changesHoldUntilTheNextBoot() throws IOException {
        units.change("gantry-1.scope", List.of(UnitProperty.number("CPUWeight", 59)));
        assertThat(calls).containsExactly("set gantry-1.scope true CPUWeight:t=59");
    }

    @Test
    void unitsAreStoppedAndReset() throws IOException {
        units.stop("gantry-1.scope");
        units.resetFailed("gantry-1.scope");
        assertThat(calls).containsExactly("stop gantry-1.scope replace", "reset gantry-1.scope");
    }

    @Test
    void refusalNamesTheUnitAndTheReason() {
        assertThatThrownBy(() -> units.stop("refused.scope"))
                .isInstanceOf(UnitException.class)
                .hasMessageContaining("StopUnit refused.scope")
                .hasMessageContaining("no such thing");
    }

    @Test
    void busThatWasRestartedIsConnectedToAnew() throws Exception {
        units.resetFailed("one.scope");
        server.close();
        bus.restart();
        server = server();
        units.resetFailed("two.scope");
        assertThat(calls).containsExactly("reset one.scope", "reset two.scope");
    }

    @Test
    void busWithoutSystemdIsAFailureThatSaysSo() throws IOException {
        server.close();
        assertThatThrownBy(() -> units.stop("one.scope"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("StopUnit one.scope");
    }

    @Test
    void machineWithoutABusIsAFailureThatNamesTheSocket() {
        Path nowhere = directory.resolve("nowhere");
        SystemdUnits lost = new SystemdUnits(nowhere);
        assertThatThrownBy(() -> lost.stop("one.scope"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(nowhere.toString());
    }
}
