package io.gantry.base;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.IntConsumer;

/**
 * Signals sent to this process. The JDK's only way is {@code sun.misc.Signal}, exported by
 * jdk.unsupported for exactly this; the compiler warns of every mention of it with no means to
 * answer, so it is reached by reflection.
 */
public final class Signals {

    private Signals() {}

    /**
     * Calls {@code handler} with the number of the signal each time it comes.
     *
     * @param name without SIG
     */
    public static void handle(String name, IntConsumer handler) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            Method number = signal.getMethod("getNumber");
            Object proxy =
                    Proxy.newProxyInstance(
                            Signals.class.getClassLoader(),
                            new Class<?>[] {handlerType},
                            (self, method, arguments) -> {
                                if (method.getName().equals("handle")) {
                                    handler.accept((int) number.invoke(arguments[0]));
                                }
                                return null;
                            });
            signal.getMethod("handle", signal, handlerType)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot handle SIG" + name, e);
        }
    }
}
