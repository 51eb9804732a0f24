/**
 * Units of systemd, asked for over D-Bus (org.freedesktop.systemd1(5)). Nothing of it is loaded
 * where control groups are not systemd's.
 */
@NullMarked
package io.gantry.linux.systemd;

import org.jspecify.annotations.NullMarked;
