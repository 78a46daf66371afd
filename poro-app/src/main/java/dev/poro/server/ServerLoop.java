package dev.poro.server;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An event loop whose {@link Tick} comes right after it has read its sockets: not by way of the queue of tasks, which
 * would cost time and memory for each of them.
 */
final class ServerLoop extends SingleThreadIoEventLoop {
    private static final Logger LOGGER = LoggerFactory.getLogger(PoroServer.class);

    private final Tick tick;
    private final BriefWait brief = new BriefWait();

    private ServerLoop(IoEventLoopGroup group, Executor executor, IoHandlerFactory factory, ServerContext server) {
        super(group, executor, factory);
        tick = new Tick(this, server);
    }

    /** So many loops, for the connections of a server. */
    static MultiThreadIoEventLoopGroup groupOf(int threads, IoHandlerFactory factory, ServerContext server) {
        return new Group(threads, factory, server);
    }

    Tick tick() {
        return tick;
    }

    @Override
    protected int runIo() {
        tick.beginReading();
        int handled = super.runIo();
        try {
            while (tick.awaitsMore()) {
                handled += ioHandler().run(brief.until(tick.awaitedUntil()));
            }
            tick.endReading();
        } catch (RuntimeException | Error e) {
            // As Netty does with an error of a task: the loop has other connections.
            LOGGER.warn("a tick has failed", e);
        }
        return handled;
    }

    /** Lets the loop wait for its sockets until a given time. */
    private final class BriefWait implements IoHandlerContext {
        private final boolean isPrecise = !isIoType(NioIoHandler.class);
        private long deadline;

        BriefWait until(long nanos) {
            deadline = nanos;
            return this;
        }

        /** NIO waits for a millisecond at least. */
        @Override
        public boolean canBlock() {
            return isPrecise && !hasTasks();
        }

        @Override
        public long delayNanos(long currentTimeNanos) {
            return Math.max(0, deadline - System.nanoTime());
        }

        @Override
        public long deadlineNanos() {
            return deadline;
        }
    }

    private static final class Group extends MultiThreadIoEventLoopGroup {
        Group(int threads, IoHandlerFactory factory, ServerContext server) {
            super(threads, new DefaultThreadFactory("poro-server", true), factory, server);
        }

        /** The constructor of the superclass calls it, so what it needs is an argument. */
        @Override
        protected IoEventLoop newChild(Executor executor, IoHandlerFactory factory, Object... arguments) {
            return new ServerLoop(this, executor, factory, (ServerContext) arguments[0]);
        }
    }
}
