package dev.poro.server;

import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * One round of an event loop: runs what its connections have sent since the last round, and then writes all replies. It
 * is queued by the first connection that has something to run, and so comes after the loop has read all sockets that
 * were ready. The frequent commands of all connections go through the store together, see {@link PipelinedRequests}.
 * Belongs to its loop's thread.
 */
final class Tick implements Runnable {
    /** What a read brings at most. */
    static final int BUFFER_LENGTH = 16 * 1024;

    private static final int KEPT_BUFFERS = 64;

    private final EventExecutor loop;
    private final PipelinedRequests pipelined;
    private final ArrayDeque<byte[]> buffers = new ArrayDeque<>();
    private List<Connection> waiting = new ArrayList<>();
    private List<Connection> running = new ArrayList<>();
    private boolean isQueued;

    Tick(EventExecutor loop, ServerContext server) {
        this.loop = loop;
        this.pipelined = new PipelinedRequests(server);
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
        if (!isQueued) {
            isQueued = true;
            loop.execute(this);
        }
    }

    @Override
    public void run() {
        isQueued = false;
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
}
