package dev.poro.server;

import dev.poro.engine.Poro;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Lets clients of Redis use an open store. Thread-safe.
 *
 * <pre>{@code
 * try (Poro store = Poro.open(Path.of("poro.wal"));
 *         PoroServer server = PoroServer.on(store).port(0).start()) {
 *     // clients connect to 127.0.0.1, server.port()
 * }
 * }</pre>
 *
 * <p>The server does not close the store. Other threads may use the store at the same time.
 */
@SuppressWarnings("FutureReturnValueIgnored")
public final class PoroServer implements AutoCloseable {
    private static final int WORKERS = 4;
    private static final long WORKERS_IDLE_S = 10;

    /** Each has one message on its way to the cluster, which is all that it does. */
    private static final int WAITERS = 64;

    /** Clients get so long to take their last replies. */
    private static final long DRAIN_MS = 6_000;

    private static final long POLL_MS = 2;
    private static final long STOP_S = 5;

    private final ServerContext context;
    private final MultiThreadIoEventLoopGroup loops;
    private final ThreadPoolExecutor workers;
    private final ThreadPoolExecutor waiters;
    private final List<Channel> listeners = new ArrayList<>();
    private boolean isClosed;

    private PoroServer(Poro store, ServerSettings settings, int threads, Transport transport, ServerCluster cluster) {
        workers = newPool(WORKERS, "poro-server-worker");
        waiters = newPool(WAITERS, "poro-server-waiter");
        context = new ServerContext(store, settings, workers, waiters, cluster);
        context.keyspaceEvents().ask(settings.keyspaceEvents());
        loops = ServerLoop.groupOf(threads, transport.newIoHandlerFactory(), context);
    }

    private static ThreadPoolExecutor newPool(int threads, String name) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads,
                threads,
                WORKERS_IDLE_S,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                new DefaultThreadFactory(name, true));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /** A server for a store, not started. */
    public static PoroServerBuilder on(Poro store) {
        return new PoroServerBuilder(store);
    }

    /**
     * @param required so many of the addresses, from the first on, must be bound
     * @param cluster {@code null} for a store of its own
     */
    static PoroServer start(
            Poro store,
            ServerSettings settings,
            int threads,
            List<InetSocketAddress> addresses,
            int required,
            ServerCluster cluster)
            throws IOException {
        Transport transport = Transport.best();
        PoroServer server = new PoroServer(store, settings, threads, transport, cluster);
        try {
            server.listen(transport, addresses, required);
            return server;
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private void listen(Transport transport, List<InetSocketAddress> addresses, int required) throws IOException {
        ServerBootstrap bootstrap = transport
                .newBootstrap()
                .group(loops)
                .childHandler(new ConnectionInitializer(context, new Dispatcher(context, ServerCommands.TABLE)));
        List<InetSocketAddress> bound = new ArrayList<>();
        for (int i = 0; i < addresses.size(); i++) {
            // Port 0: the others get the port that the first one has got.
            InetSocketAddress asked = addresses.get(i);
            InetSocketAddress address = asked.getPort() == 0 && !bound.isEmpty()
                    ? new InetSocketAddress(asked.getAddress(), bound.get(0).getPort())
                    : asked;
            ChannelFuture future = bootstrap.bind(address).awaitUninterruptibly();
            if (future.isSuccess()) {
                listeners.add(future.channel());
                bound.add((InetSocketAddress) future.channel().localAddress());
            } else if (i < required) {
                throw new IOException(
                        "cannot listen on " + address.getAddress().getHostAddress() + ", port " + address.getPort()
                                + ": " + future.cause().getMessage(),
                        future.cause());
            }
        }
        context.setAddresses(bound);
        loops.next().scheduleWithFixedDelay(this::checkIdle, 1, 1, TimeUnit.SECONDS);
    }

    private void checkIdle() {
        for (Connection connection : context.clients().unordered()) {
            if (connection.needsIdleCheck()) {
                connection.execute(connection::checkIdle);
            }
        }
    }

    /** The addresses on which the server listens, with their port. */
    public List<InetSocketAddress> addresses() {
        return context.addresses();
    }

    /** The port on which the server listens. */
    public int port() {
        return context.addresses().get(0).getPort();
    }

    /** The addresses, as in {@code 127.0.0.1:6379, [::1]:6379}. */
    @Override
    public String toString() {
        return addresses().stream().map(NetUtil::toSocketAddressString).collect(Collectors.joining(", "));
    }

    /** The number of clients that are connected. */
    public int connections() {
        return context.clients().count();
    }

    /** For tests. */
    ServerContext context() {
        return context;
    }

    /** Bytes of replies that clients have not taken, for tests. */
    long outputLength() {
        return context.clients().unordered().stream()
                .mapToLong(Connection::outputLength)
                .sum();
    }

    /** Bytes that clients have sent, for tests. */
    long bytesRead() {
        return context.stats().bytesIn.sum();
    }

    /** Bytes of requests that have not run, for tests. */
    long inputLength() {
        return context.clients().unordered().stream()
                .mapToLong(Connection::inputLength)
                .sum();
    }

    /** Waits until no worker runs a command any more, for tests. Returns false if that takes too long. */
    boolean awaitWorkers() throws InterruptedException {
        return workers.awaitTermination(DRAIN_MS, TimeUnit.MILLISECONDS);
    }

    void setOutputLimit(long bytes) {
        context.settings().setOutputLimit(bytes);
    }

    /**
     * Accepts no more connections, answers what the clients have sent, closes their connections and stops. Takes at
     * most about ten seconds, if clients do not take their replies. Idempotent.
     */
    @Override
    public synchronized void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        listeners.forEach(listener -> listener.close().awaitUninterruptibly());
        context.clients().endPause();
        context.changeWaits().end();
        context.clients().unordered().forEach(Connection::endSoon);
        awaitNoClients();
        context.keyspaceEvents().close();
        workers.shutdown();
        waiters.shutdown();
        loops.shutdownGracefully(0, STOP_S, TimeUnit.SECONDS).awaitUninterruptibly(STOP_S, TimeUnit.SECONDS);
    }

    private void awaitNoClients() {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(DRAIN_MS);
        boolean isInterrupted = false;
        while (context.clients().count() > 0 && System.nanoTime() - deadline < 0 && !isInterrupted) {
            try {
                Thread.sleep(POLL_MS);
            } catch (InterruptedException e) {
                isInterrupted = true;
            }
        }
        context.clients().unordered().forEach(Connection::kill);
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
