package dev.poro.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One round of an event loop: runs what its connections have sent since the last round, and then writes all replies. It
 * comes after the loop has read all sockets that were ready. A connection that has something to run for another reason
 * queues it. The frequent commands of all connections go through the store together, see {@link PipelinedRequests}.
 * Belongs to its loop's thread.
 */
final class Tick implements Runnable {
    /** What a read brings at most. */
    static final int BUFFER_LENGTH = 16 * 1024;

    private static final int KEPT_BUFFERS = 64;

    private static final int FIRST_OUTPUT_LENGTH = 512;

    /**
     * Without detection of leaks, which notes now and then where a buffer was used: these live as long as the tick, and
     * the garbage collector frees them.
     */
    private static final ByteBufAllocator OWN = new UnpooledByteBufAllocator(true, true, false);

    private static final Logger LOGGER = LoggerFactory.getLogger(PoroServer.class);

    private final EventExecutor loop;
    private final ByteBuf received = OWN.directBuffer(BUFFER_LENGTH, BUFFER_LENGTH);
    private final ArrayDeque<ByteBuf> outputs = new ArrayDeque<>();
    private int outputsMade;
    private final PipelinedRequests pipelined;
    private final ArrayDeque<byte[]> buffers = new ArrayDeque<>();
    private final Company company = new Company();
    private List<Connection> waiting = new ArrayList<>();
    private List<Connection> spare = new ArrayList<>();
    private final List<Connection> running = new ArrayList<>();
    private boolean isQueued;
    private boolean isReading;
    private final AtomicBoolean isWoken = new AtomicBoolean();

    Tick(EventExecutor loop, ServerContext server) {
        this.loop = loop;
        this.pipelined = new PipelinedRequests(server, this);
    }

    /** The requests of this round that run together. */
    PipelinedRequests pipelined() {
        return pipelined;
    }

    /** The next round runs the connection, unless it does so already. */
    void add(Connection connection) {
        assert loop.inEventLoop();
        if (!connection.isInTick()) {
            connection.setInTick(true);
            waiting.add(connection);
        }
        if (!isQueued && !isReading) {
            isQueued = true;
            loop.execute(this);
        }
    }

    /** The loop waits for its sockets, and reads them. */
    void beginReading() {
        isReading = true;
    }

    /**
     * All sockets that were ready are read. Takes up what has come.
     *
     * @return whether to read once more before {@link #endReading}
     */
    boolean awaitsMore() {
        runRequests();
        return pipelined.willBeForced() && company.isAwaited(System.nanoTime());
    }

    /** The time by {@link System#nanoTime} until which more is awaited. */
    long awaitedUntil() {
        return company.awaitedUntil();
    }

    /** Runs what was taken up. */
    void endReading() {
        isReading = false;
        if (!running.isEmpty() || !waiting.isEmpty()) {
            run();
        }
    }

    @Override
    public void run() {
        isQueued = false;
        pipelined.takeDone();
        runRequests();
        boolean isForced = pipelined.willBeForced();
        long begun = isForced ? System.nanoTime() : 0;
        pipelined.begin();
        long nanos = isForced ? System.nanoTime() - begun : 0;
        for (int i = 0; i < running.size(); i++) {
            send(running.get(i));
        }
        if (isForced) {
            company.answered(running, nanos, System.nanoTime());
        }
        running.clear();
    }

    private static void send(Connection connection) {
        connection.setInRound(false);
        try {
            connection.sendReplies();
        } catch (RuntimeException | Error e) {
            connection.onError(e);
        }
    }

    /** At the end of the round, the replies of a connection are sent. */
    void addToRound(Connection connection) {
        if (!connection.isInRound()) {
            connection.setInRound(true);
            running.add(connection);
        }
    }

    /** There are replies to write, of requests that the cluster has ordered. Any thread. */
    void wakeUp() {
        if (!isWoken.getAndSet(true)) {
            try {
                loop.execute(this::onWoken);
            } catch (RejectedExecutionException e) {
                LOGGER.debug("the server is closed", e);
            }
        }
    }

    private void onWoken() {
        isWoken.set(false);
        run();
    }

    /** What is added meanwhile waits. */
    private void runRequests() {
        if (waiting.isEmpty()) {
            return;
        }
        List<Connection> taken = waiting;
        waiting = spare;
        spare = taken;
        long now = pipelined.isForcing() ? System.nanoTime() : 0;
        for (int i = 0; i < taken.size(); i++) {
            Connection connection = taken.get(i);
            connection.setInTick(false);
            connection.runRequests();
            company.came(connection, now);
            addToRound(connection);
        }
        taken.clear();
    }

    /** A buffer of {@link #BUFFER_LENGTH}. */
    byte[] takeBuffer() {
        byte[] buffer = buffers.poll();
        return buffer == null ? new byte[BUFFER_LENGTH] : buffer;
    }

    void giveBack(byte[] buffer) {
        if (buffer.length == BUFFER_LENGTH && buffers.size() < KEPT_BUFFERS) {
            buffers.push(buffer);
        }
    }

    /**
     * Has connections read into the one buffer of their loop. Each of them must be done with what was read when {@code
     * channelRead} returns.
     */
    RecvByteBufAllocator receiver() {
        return new Receiver();
    }

    private final class Receiver extends DefaultMaxMessagesRecvByteBufAllocator {
        @Override
        @SuppressWarnings("deprecation") // and there is no other way to make a handle
        public Handle newHandle() {
            return new MaxMessageHandle() {
                @Override
                public int guess() {
                    return BUFFER_LENGTH;
                }

                @Override
                public ByteBuf allocate(ByteBufAllocator alloc) {
                    return received.clear().retain();
                }
            };
        }
    }

    /** A buffer for replies: one of those that are used again, or, if they are all in use, a new one. */
    ByteBuf takeOutput(ByteBufAllocator others) {
        ByteBuf output = outputs.poll();
        if (output == null && outputsMade < KEPT_BUFFERS) {
            outputsMade++;
            output = OWN.directBuffer(BUFFER_LENGTH);
        }
        return output == null ? others.directBuffer(FIRST_OUTPUT_LENGTH) : output;
    }

    /** Gives a buffer back. Netty may still have it, if the client does not read: that one is not used again. */
    void giveBackOutput(ByteBuf output) {
        if (output.alloc() != OWN) {
            output.release();
        } else if (output.refCnt() == 1 && output.capacity() <= 4 * BUFFER_LENGTH) {
            outputs.push(output.clear());
        } else {
            outputsMade--;
            output.release();
        }
    }
}
