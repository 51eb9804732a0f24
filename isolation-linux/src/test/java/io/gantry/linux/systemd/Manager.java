package io.gantry.linux.systemd;

import java.util.List;
import org.freedesktop.dbus.DBusPath;
import org.freedesktop.dbus.Struct;
import org.freedesktop.dbus.annotations.DBusInterfaceName;
import org.freedesktop.dbus.annotations.DBusMemberName;
import org.freedesktop.dbus.annotations.Position;
import org.freedesktop.dbus.interfaces.DBusInterface;
import org.freedesktop.dbus.types.Variant;

/** Systemd's manager, as far as it is called (org.freedesktop.systemd1(5)). */
@DBusInterfaceName("org.freedesktop.systemd1.Manager")
public interface Manager extends DBusInterface {

    @DBusMemberName("StartTransientUnit")
    DBusPath startTransientUnit(
            String name, String mode, List<Property> properties, List<Auxiliary> others);

    @DBusMemberName("SetUnitProperties")
    void setUnitProperties(String name, boolean runtime, List<Property> properties);

    @DBusMemberName("StopUnit")
    DBusPath stopUnit(String name, String mode);

    @DBusMemberName("ResetFailedUnit")
    void resetFailedUnit(String name);

    /** Type (sv). */
    final class Property extends Struct {

        @Position(0)
        private final String name;

        @Position(1)
        private final Variant<?> value;

        public Property(String name, Variant<?> value) {
            this.name = name;
            this.value = value;
        }

        public String name() {
            return name;
        }

        public Variant<?> value() {
            return value;
        }
    }

    /** Type (sa(sv)). */
    final class Auxiliary extends Struct {

        @Position(0)
        private final String name;

        @Position(1)
        private final List<Property> properties;

        public Auxiliary(String name, List<Property> properties) {
            this.name = name;
            this.properties = properties;
        }

        public String name() {
            return name;
        }

        public List<Property> properties() {
            return properties;
        }
    }
}
