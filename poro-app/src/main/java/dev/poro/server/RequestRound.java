package dev.poro.server;

import dev.poro.command.Replies;
import dev.poro.engine.ChangeRejectedException;
import dev.poro.engine.NotCommittedException;
import dev.poro.engine.Pipeline;
import dev.poro.engine.PipelineOutcome;
import dev.poro.engine.PoroException;
import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests that go through the store together, and how each of them is answered. Used again and again; belongs to the
 * thread of a loop.
 */
final class RequestRound {
    private static final Logger LOGGER = LoggerFactory.getLogger(PoroServer.class);

    private final ServerContext server;
    private final Pipeline pipeline;
    private final Connection[] connections;
    private final Kind[] kinds;
    private final boolean isOrdered;

    /** When the first request came; those that come together do not look at the clock one by one. */
    private long beginMillis;

    /** About as many bytes as the reads will bring. */
    private long valuesLength;

    /** The longest value that a change may have made. */
    private long longestChanged;

    /** How many bytes are appended to values. */
    private long appended;

    /** Something that is read before any change must be current in the cluster; after one, it is in order. */
    private boolean needsCurrent;

    private boolean hasChange;

    /** Where it is counted while it is on its way; {@code null} if it is not. */
    private OnTheirWay counted;

    private long countedLength;

    /** Another thread carries it out. */
    private volatile boolean isExecuting;

    /** Why none of the requests was carried out; {@code null} if they were. */
    private PoroException refusal;

    /** What {@link Pipeline#execute} has thrown; {@code null} for nothing. */
    private PoroException failure;

    /** How a request is answered. */
    enum Kind {
        GET("get", true),
        SET("set"),
        SETEX("setex"),
        PSETEX("psetex"),
        MSET("mset"),
        SETNX("setnx"),
        DEL("del"),
        EXISTS("exists", true),
        INCR("incr"),
        DECR("decr"),
        INCRBY("incrby"),
        DECRBY("decrby"),
        APPEND("append"),
        STRLEN("strlen", true),
        EXPIRE("expire"),
        PEXPIRE("pexpire"),
        PERSIST("persist");

        private final String command;
        private final boolean isReading;

        Kind(String command) {
            this(command, false);
        }

        Kind(String command, boolean isReading) {
            this.command = command;
            this.isReading = isReading;
        }

        boolean isReading() {
            return isReading;
        }
    }

    /**
     * @param capacity in requests
     * @param mostValues bytes of the values that it reads; beyond, there is an error in place of a value
     * @param isOrdered whether the cluster orders them
     */
    RequestRound(ServerContext server, int capacity, long mostValues, boolean isOrdered) {
        this.server = server;
        this.pipeline = server.poro().pipeline().limitValues(mostValues);
        this.connections = new Connection[capacity];
        this.kinds = new Kind[capacity];
        this.isOrdered = isOrdered;
    }

    /** Where the next request goes, before {@link #add}. */
    Pipeline pipeline() {
        return pipeline;
    }

    int size() {
        return pipeline.size();
    }

    boolean isFull() {
        return pipeline.size() == connections.length;
    }

    boolean hasChange() {
        return hasChange;
    }

    long valuesLength() {
        return valuesLength;
    }

    /**
     * A read will bring so many bytes, or more if a change before it makes the value longer.
     *
     * @param longestBefore of the values that rounds before this one may have made, which are not done yet
     * @param appendedBefore bytes that these append
     */
    void addValue(long length, long longestBefore, long appendedBefore) {
        long longest = longestBefore == 0 ? length : Math.max(length, longestBefore + appended);
        valuesLength += Math.max(longest, longestChanged) + appendedBefore;
    }

    long longestChanged() {
        return longestChanged;
    }

    /** A change may make a value of this length. */
    void changeTo(long length) {
        longestChanged = Math.max(longestChanged, length);
    }

    long appended() {
        return appended;
    }

    /** A change appends so many bytes to a value of this length. */
    void appendTo(long length, int bytes) {
        changeTo(length + longestChanged + bytes);
        appended += bytes;
    }

    /** What was added last to the pipeline is this request. */
    void add(Connection connection, Kind kind) {
        int index = pipeline.size() - 1;
        if (index == 0) {
            beginMillis = System.currentTimeMillis();
        }
        connections[index] = connection;
        kinds[index] = kind;
        hasChange |= !kind.isReading;
        needsCurrent |= !hasChange && !connection.session().isReadingStale();
        connection.session().onCommand(kind.command, beginMillis);
        connection.onAdded(isOrdered);
    }

    /** Its requests, and the values that they read, are in memory until {@link #countDone}. */
    void countOnItsWay(OnTheirWay all) {
        counted = all;
        countedLength = pipeline.length() + valuesLength;
        all.add(countedLength);
    }

    /** Does nothing if it is not counted. */
    void countDone() {
        if (counted != null) {
            counted.add(-countedLength);
            counted = null;
        }
    }

    /**
     * Sends the requests to the cluster as one message, and does not wait for it.
     *
     * @param whenDone called by any thread when {@link #finish} will not wait
     * @return whether {@link #finish} has to come; otherwise nothing has happened
     */
    boolean trySend(Runnable whenDone) {
        try {
            return pipeline.send(whenDone);
        } catch (RuntimeException | Error e) {
            onFailure(e);
            whenDone.run();
            return true;
        }
    }

    /** Whether {@link #finish} does not wait. */
    boolean isDone() {
        return !isExecuting && pipeline.isDone();
    }

    /** Waits until what was sent is done. */
    void finish() {
        try {
            pipeline.finish();
        } catch (RuntimeException | Error e) {
            onFailure(e);
        }
    }

    /** Carries the requests out, and waits for that. */
    void execute() {
        refusal = awaitCurrent();
        if (refusal == null) {
            try {
                pipeline.execute();
            } catch (RuntimeException | Error e) {
                onFailure(e);
            }
        }
    }

    /**
     * {@link #execute} on a thread that may wait. Until {@link #isDone}, the round belongs to that.
     *
     * @param whenDone called by any thread
     */
    void executeOn(Executor waiters, Runnable whenDone) {
        isExecuting = true;
        try {
            waiters.execute(() -> {
                try {
                    execute();
                } finally {
                    isExecuting = false;
                    whenDone.run();
                }
            });
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            refusal = new PoroException(ServerContext.NO_THREAD, e);
            isExecuting = false;
            whenDone.run();
        }
    }

    /** Whatever happens, each request gets a reply. */
    private void onFailure(Throwable cause) {
        failure = told(cause);
    }

    private static PoroException told(Throwable cause) {
        if (cause instanceof PoroException told) {
            return told;
        }
        LOGGER.warn("requests have failed", cause);
        return new PoroException("the server has failed to carry this out: " + cause, cause);
    }

    /** Returns {@code null} if what is read will be current; otherwise nothing is done. */
    private PoroException awaitCurrent() {
        if (!needsCurrent || server.cluster() == null) {
            return null;
        }
        try {
            server.cluster().barrier();
            return null;
        } catch (RuntimeException | Error e) {
            return told(e);
        }
    }

    /** Writes the replies, and forgets the requests. Whatever happens, none of them is on its way any more. */
    void reply() {
        int size = pipeline.size();
        try {
            for (int i = 0; i < size; i++) {
                replyTo(i);
            }
            for (int i = 0; i < size; i++) {
                send(connections[i]);
            }
        } finally {
            forget(size);
        }
    }

    /** An error of the server ends the one connection; the others get their replies. */
    private void replyTo(int index) {
        Connection connection = connections[index];
        try {
            if (connection.isAborted()) {
                return; // a reply before this one is missing
            }
            if (refusal == null) {
                reply(index);
            } else {
                fail(index, refusal);
            }
        } catch (RuntimeException | Error e) {
            connection.onError(e);
        } finally {
            connection.onReply(isOrdered);
        }
    }

    private static void send(Connection connection) {
        try {
            connection.onPipelined();
        } catch (RuntimeException | Error e) {
            connection.onError(e);
        }
    }

    private void forget(int size) {
        server.stats().commands.add(size);
        Arrays.fill(connections, 0, size, null);
        valuesLength = 0;
        longestChanged = 0;
        appended = 0;
        needsCurrent = false;
        hasChange = false;
        refusal = null;
        failure = null;
        pipeline.reset();
    }

    private void reply(int index) {
        RespReplies replies = connections[index].session().output();
        int mark = connections[index].mark();
        try {
            reply(index, kinds[index], replies);
        } catch (PoroException e) {
            connections[index].forgetRepliesAfter(mark);
            // If the store has stopped, what has failed first tells more.
            fail(index, failure == null || e instanceof ChangeRejectedException ? e : failure);
        } catch (OutOfMemoryError e) {
            connections[index].forgetRepliesAfter(mark);
            replies.error(Replies.GENERAL_ERROR, "the server has too little memory for the value; try again");
        }
    }

    private void fail(int index, PoroException told) {
        if (told instanceof NotCommittedException unanswered) {
            connections[index].onUnanswered(unanswered);
        }
        String code = Dispatcher.codeOf(told);
        connections[index].session().output().error(code, Dispatcher.messageOf(told));
        server.stats().addError(code);
    }

    private void reply(int index, Kind kind, RespReplies replies) {
        switch (kind) {
            case GET:
                replies.value(pipeline.view(index));
                break;
            case SET:
            case SETEX:
            case PSETEX:
                if (pipeline.outcome(index) == PipelineOutcome.UNMET) {
                    replies.value((byte[]) null);
                } else {
                    pipeline.existed(index);
                    replies.ok();
                }
                break;
            case MSET:
                pipeline.batchOutcome(index);
                replies.ok();
                break;
            case SETNX:
                boolean isUnmet = pipeline.outcome(index) == PipelineOutcome.UNMET;
                replies.integer(isUnmet || pipeline.existed(index) ? 0 : 1);
                break;
            case DEL:
            case EXISTS:
            case EXPIRE:
            case PEXPIRE:
            case PERSIST:
                replies.integer(pipeline.existed(index) ? 1 : 0);
                break;
            case STRLEN:
                replies.integer(Math.max(0, pipeline.valueLength(index)));
                break;
            case INCR:
            case DECR:
            case INCRBY:
            case DECRBY:
            case APPEND:
                replies.integer(pipeline.number(index));
                break;
        }
    }
}
