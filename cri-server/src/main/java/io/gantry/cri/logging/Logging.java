package io.gantry.cri.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.joran.spi.ConsoleTarget;
import io.gantry.cri.config.CriServerConfig.Log;
import io.gantry.cri.config.CriServerConfig.LogFormat;
import org.slf4j.LoggerFactory;

/** Sets up logging. */
public final class Logging {

    /** These are of interest to their own authors below this level. */
    private static final String[] CHATTY = {"io.netty", "io.grpc", "org.freedesktop.dbus"};

    /** Warns of each connection that a Unix socket has no TCP keep-alive. */
    private static final String POINTLESS = "io.netty.bootstrap";

    private Logging() {}

    /** From now on logs as {@code log} says. */
    public static void configure(Log log) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            configure(context, Level.toLevel(log.level().name()), log.format());
        }
    }

    static void configure(LoggerContext context, Level level, LogFormat format) {
        Encoder<ILoggingEvent> encoder =
                format == LogFormat.JSON ? new JsonLines() : new TextLines();
        encoder.setContext(context);
        encoder.start();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setTarget(ConsoleTarget.SystemErr.getName());
        appender.setEncoder(encoder);
        appender.start();
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.detachAndStopAllAppenders();
        root.setLevel(level);
        root.addAppender(appender);
        for (String name : CHATTY) {
            context.getLogger(name)
                    .setLevel(level.isGreaterOrEqual(Level.WARN) ? level : Level.WARN);
        }
        context.getLogger(POINTLESS).setLevel(Level.ERROR);
    }
}
