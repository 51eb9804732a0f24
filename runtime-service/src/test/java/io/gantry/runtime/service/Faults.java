package io.gantry.runtime.service;

import io.gantry.linux.shim.Shim;
import io.gantry.linux.shim.StartRequest;
import io.gantry.linux.syscall.ErrnoException;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Has a step fail that is told to: an operation of the launch programs that shims are sent, or a
 * call that the runtime makes to the kernel itself.
 */
final class Faults {

    private static final int EIO = 5;
    private static final int NONE = -1;

    /** No kernel has a call of that number: ENOSYS. */
    private static final int NO_CALL = 0x3fff;

    // The byte format of a program is that of docs/shim-protocol.md.
    private static final int COUNT_AT = 4;
    private static final int HEADER = 20;
    private static final int OP = 72;
    private static final int TOLERATED_AT = 12;
    private static final int SKIP = -1;

    /** A descriptor is closed though that fails: a call that is left out would keep it open. */
    private static final Set<String> NEVER = Set.of("close");

    private final AtomicInteger calls = new AtomicInteger(NONE);
    private volatile int op = NONE;
    private volatile int size;

    private Faults() {}

    static Faults none() {
        return new Faults();
    }

    /** From now on the operation of this index fails in each program that is started. */
    void failOperation(int index) {
        op = index;
    }

    /** So many operations had the program that was started last. */
    int size() {
        return size;
    }

    /** The call after so many more fails, once. */
    void failCallAfter(int more) {
        calls.set(more);
    }

    /** Whether the call that was to fail has done so. */
    boolean hasFailed() {
        return calls.get() < 0;
    }

    /** Nothing fails any more. */
    void stop() {
        op = NONE;
        calls.set(NONE);
    }

    /** The kernel, but for what fails. */
    Syscalls syscalls() {
        Syscalls system = Syscalls.system();
        return proxy(
                Syscalls.class,
                (_, method, arguments) -> {
                    if (mayFail(method) && calls.get() >= 0 && calls.getAndDecrement() == 0) {
                        throw new ErrnoException(method.getName(), "of a test", EIO);
                    }
                    return call(system, method, arguments);
                });
    }

    private static boolean mayFail(Method method) {
        return !NEVER.contains(method.getName())
                && Arrays.stream(method.getExceptionTypes())
                        .anyMatch(IOException.class::isAssignableFrom);
    }

    /** The same isolation, but for what fails. */
    Isolation in(Isolation real) {
        return new Isolation(
                real.cgroups(),
                real.mounts(),
                real.sandboxes(),
                real.processes(),
                real.oci(),
                real.runtimes(),
                real.specs(),
                socket -> over(real.connector().connect(socket)),
                real.release());
    }

    @SuppressWarnings("ReferenceEquality") // a connection is equal to itself only
    private Shim over(Shim shim) {
        return proxy(
                Shim.class,
                (self, method, arguments) -> {
                    if (method.getName().equals("equals")) {
                        return self == arguments[0];
                    }
                    if (arguments != null && arguments[0] instanceof StartRequest request) {
                        return call(shim, method, new Object[] {faulty(request)});
                    }
                    return call(shim, method, arguments);
                });
    }

    private StartRequest faulty(StartRequest request) {
        byte[] program = request.program().clone();
        ByteBuffer words = ByteBuffer.wrap(program).order(ByteOrder.LITTLE_ENDIAN);
        size = words.getInt(COUNT_AT);
        int at = HEADER + OP * op;
        if (op >= 0 && words.getInt(at) != SKIP) {
            words.putInt(at, NO_CALL);
            words.put(at + TOLERATED_AT, (byte) 0);
        }
        return new StartRequest(
                request.id(), request.placement(), request.io(), request.files(), program);
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
