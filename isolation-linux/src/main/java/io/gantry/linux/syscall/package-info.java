/**
 * The kernel's verbs, under their C names: {@link io.gantry.linux.syscall.Syscalls} and the values
 * that go with them. The only package that knows how calls leave the JVM (JNA, direct mapping);
 * everybody else depends on the interface. Failures are {@link
 * io.gantry.linux.syscall.ErrnoException}. Nothing here changes what the whole process shares
 * (namespaces, credentials, working directory): that belongs to the shim.
 */
@NullMarked
package io.gantry.linux.syscall;

import org.jspecify.annotations.NullMarked;
