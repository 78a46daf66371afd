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

    private final EventExecutor loop;
    private final ByteBuf received = OWN.directBuffer(BUFFER_LENGTH, BUFFER_LENGTH);
    private final ArrayDeque<ByteBuf> outputs = new ArrayDeque<>();
    private int outputsMade;
    private final PipelinedRequests pipelined;
    private final ArrayDeque<byte[]> buffers = new ArrayDeque<>();
    private List<Connection> waiting = new ArrayList<>();
    private List<Connection> running = new ArrayList<>();
    private final ServerCluster cluster;

    /** What this round reads is current: all its requests came before that was asked. */
    private boolean isCurrent;

    private boolean isQueued;
    private boolean isReading;

    Tick(EventExecutor loop, ServerContext server) {
        this.loop = loop;
        this.cluster = server.cluster();
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

    /** All sockets that were ready are read. */
    void endReading() {
        isReading = false;
        if (!waiting.isEmpty()) {
            run();
        }
    }

    @Override
    public void run() {
        isQueued = false;
        isCurrent = cluster == null;
        List<Connection> round = waiting;
        waiting = running;
        running = round;
        for (int i = 0; i < round.size(); i++) {
            Connection connection = round.get(i);
            connection.setInTick(false);
            connection.runRequests();
        }
        pipelined.run();
        for (int i = 0; i < round.size(); i++) {
            round.get(i).sendReplies();
        }
        round.clear();
    }

    /**
     * Makes sure that reads of this round see what any node of the cluster has acknowledged before they came: one
     * message for all of them.
     *
     * @throws dev.poro.engine.NotCommittedException if that cannot be told
     */
    void awaitCurrent() {
        if (!isCurrent) {
            cluster.barrier();
            isCurrent = true;
        }
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
