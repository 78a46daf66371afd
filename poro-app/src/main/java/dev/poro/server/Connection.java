package dev.poro.server;

import dev.poro.engine.NotCommittedException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.concurrent.EventExecutor;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection of one client: collects what it sends, runs that when the {@link Tick} says so, and sends the replies.
 * It does not read while something keeps it from running: replies that the client does not take, a command on a worker,
 * a pause.
 *
 * <p>Belongs to the thread of its loop, but for the methods that say otherwise. While a worker runs a command of it,
 * the output and the session belong to the worker.
 */
// Whatever becomes of a write or a close is told to the handlers; and a timer is never cancelled.
@SuppressWarnings("FutureReturnValueIgnored")
final class Connection extends ChannelInboundHandlerAdapter {
    private static final Logger LOGGER = LoggerFactory.getLogger(PoroServer.class);

    /** The bytes of a request, beside one value. */
    private static final int REQUEST_ALLOWANCE = 1 << 20;

    /** Replies are handed over to be sent once they have this length. */
    private static final int SEND_AT = 64 * 1024;

    /** Of the requests of one connection, so many run together. */
    private static final int LEAST_PIPELINED = 16;

    private static final int MOST_PIPELINED = 256;

    /** Beyond so many bytes that a subscriber has not taken, its connection is closed. */
    private static final long MAX_MESSAGES_LENGTH = 32 << 20;

    /** How long to wait for a client to take its last replies, and to close the connection itself. */
    private static final long LAST_REPLIES_MS = 5_000;

    private static final long LINGER_MS = 1_000;

    private final ServerContext server;
    private final Tick tick;
    private final Dispatcher dispatcher;
    private ChannelHandlerContext context;
    private ClientSession session;
    private RequestParser parser;
    private RequestInput input;

    /** Replies that are not handed over yet, or {@code null}. */
    private ByteBuf output;

    /** Replies that are handed over, or {@code null}. */
    private ByteBuf sent;

    /** What goes on once nothing keeps it from running, before all else; or {@code null}. */
    private Runnable delayed;

    /** Requests that run together with those of others, and are not done yet. */
    private int pipelined;

    /** Those of them that a cluster orders. */
    private int ordered;

    private boolean hasNewReplies;

    /**
     * What the cluster has said, if it did not answer a request, and nothing has come since; otherwise {@code null}.
     * Set by whoever runs the request, forgotten by the loop.
     */
    private volatile NotCommittedException unanswered;

    /** What the parser has found, if it waits until those are done; otherwise {@code null}. */
    private RequestParser.Found held;

    /** That waits until {@link #onRoom}. */
    private boolean isWithoutRoom;

    private int maxPipelined = LEAST_PIPELINED;

    /** There may be another complete request. */
    private boolean hasMore;

    private boolean isInTick;

    /** Its replies are sent at the end of the round. */
    private boolean isInRound;

    /** See {@link Company}. */
    private long lastForced;

    /** A worker runs a command. */
    private boolean isOnWorker;

    private boolean isInCommand;

    /** A timer will let it go on, or what it waits for. */
    private boolean isWaiting;

    /** It waits for what it is told of, for as long as the client is there. */
    private boolean isParked;

    /** A wait was ended while a worker had the connection: that of the command it runs, too, if it begins one. */
    private boolean isResumed;

    /** Messages that other threads have sent, or that have come while a worker has the output, or a command runs. */
    private final MessageInbox inbox = new MessageInbox();

    /** The client sends nothing more. */
    private boolean hasInputEnded;

    /** The server is closing. */
    private boolean isServerClosing;

    /** No more requests are run: when the replies are sent, the connection ends. */
    private boolean isEnding;

    private boolean isLingering;

    Connection(ServerContext server, Tick tick, Dispatcher dispatcher) {
        this.server = server;
        this.tick = tick;
        this.dispatcher = dispatcher;
    }

    ClientSession session() {
        return session;
    }

    SocketAddress remoteAddress() {
        return context.channel().remoteAddress();
    }

    SocketAddress localAddress() {
        return context.channel().localAddress();
    }

    boolean isInRound() {
        return isInRound;
    }

    void setInRound(boolean inRound) {
        isInRound = inRound;
    }

    boolean isInTick() {
        return isInTick;
    }

    void setInTick(boolean inTick) {
        isInTick = inTick;
    }

    /** The round of requests that was forced last with one of this connection; 0 if it has sent something since. */
    long lastForced() {
        return lastForced;
    }

    void setLastForced(long round) {
        lastForced = round;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        input = new RequestInput(tick);
        parser = new RequestParser(REQUEST_ALLOWANCE + server.store().maxValueLength());
        session = new ClientSession(server, this, new RespReplies(this::output));
        parser.setAuthenticated(session.isAuthenticated());
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        server.stats().connections.increment();
        if (!server.clients().add(this, server.settings().maxClients())) {
            server.stats().rejectedConnections.increment();
            refuse("max number of clients reached");
        }
    }

    private void refuse(String why) {
        output().writeCharSequence("-ERR " + why + "\r\n", StandardCharsets.US_ASCII);
        isEnding = true;
        sendReplies();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf more = (ByteBuf) message;
        try {
            if (!isEnding) {
                server.stats().bytesIn.add(more.readableBytes());
                input.append(more);
                if (unanswered != null) {
                    unanswered = null;
                }
                tick.add(this);
            }
        } finally {
            more.release();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            hasInputEnded = true;
            if (isLingering || (isParked && !isOnWorker)) {
                ctx.close();
            } else {
                tick.add(this);
            }
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable()) {
            tick.add(this);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        isEnding = true;
        server.clients().remove(this);
        input.clear();
        session.subscriptions().clear();
        if (!isOnWorker) {
            endSession();
            releaseOutput();
        }
    }

    private void endSession() {
        session.transaction().end();
        session.changeReads().close();
        session.setJoining(null);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOGGER.debug("client {}: closed after {}", session.address(), cause.toString());
        ctx.close();
    }

    /** Runs all that the client has sent, or as much as may run now. */
    void runRequests() {
        hasMore = true;
        try {
            while (mayRun() && hasMore) {
                hasMore = runNext();
            }
        } catch (RuntimeException | Error e) {
            onError(e);
        }
        if ((hasInputEnded || isServerClosing) && !hasMore && mayRun()) {
            isEnding = true;
        }
    }

    /** What the server does for this client has failed in a way that has no reply: no other client is to notice. */
    void onError(Throwable e) {
        LOGGER.warn("client {}: closed after an error of the server", session.address(), e);
        abort();
    }

    /** Whether it is closed, although replies are missing. */
    boolean isAborted() {
        return isEnding && isLingering;
    }

    private boolean mayRun() {
        return !isEnding
                && !isOnWorker
                && !isWaiting
                && !isWithoutRoom
                && pipelined < maxPipelined
                && (held == null || pipelined == 0)
                && context.channel().isWritable();
    }

    /** Returns false if there is no complete request. */
    private boolean runNext() {
        if (delayed != null) {
            Runnable step = delayed;
            delayed = null;
            runAlone(step);
            return true;
        }
        RequestParser.Found found = held == null ? parser.parse(input.bytes(), input.start(), input.end()) : held;
        held = null;
        switch (found) {
            case REQUEST:
                PipelinedRequests.Added added =
                        session.isPlain() ? tick.pipelined().add(this, input, parser) : PipelinedRequests.Added.NO;
                isWithoutRoom = added == PipelinedRequests.Added.LATER;
                if (added == PipelinedRequests.Added.YES) {
                    endRequest();
                } else if (isWithoutRoom || mustWait()) {
                    held = found;
                } else {
                    runRequest();
                }
                return true;
            case TOO_LONG:
                if (mustWait()) {
                    held = found;
                    return true;
                }
                endRequest();
                tick.pipelined().run();
                dispatcher.fail(
                        this, "ERR", "the request is longer than the limit of " + maxRequestLength() + " bytes");
                return true;
            case ERROR:
                if (mustWait()) {
                    held = found;
                    return true;
                }
                server.stats().protocolErrors.increment();
                tick.pipelined().run();
                dispatcher.fail(this, "ERR", parser.error());
                end();
                return false;
            default:
                input.skip(parser.drop());
                return false;
        }
    }

    /** In a cluster, what runs alone comes after the requests of its own connection only, which are on their way. */
    private boolean mustWait() {
        return pipelined > 0 && server.cluster() != null;
    }

    private int maxRequestLength() {
        return REQUEST_ALLOWANCE + server.store().maxValueLength();
    }

    /** Order: a request that runs alone comes after all those before it that run together, of whatever connection. */
    private void runRequest() {
        List<byte[]> words = words();
        endRequest();
        if (words.isEmpty()) {
            return;
        }
        tick.pipelined().run();
        runAlone(() -> dispatcher.run(this, words));
        sendIfLong();
    }

    /** Messages that the command sends to its own client come after its reply. */
    private void runAlone(Runnable command) {
        isInCommand = true;
        command.run();
        isInCommand = false;
        if (!isOnWorker) {
            takeMessages();
        }
    }

    /** A request will run together with those of others. */
    void onAdded(boolean isOrdered) {
        pipelined++;
        ordered += isOrdered ? 1 : 0;
    }

    /** Less is on its way to the cluster. */
    void onRoom() {
        isWithoutRoom = false;
        tick.add(this);
    }

    /** Whether a cluster has to order requests that are not done yet. */
    boolean isOrdered() {
        return ordered > 0;
    }

    /** The reply of such a request is there. */
    void onReply(boolean isOrdered) {
        pipelined--;
        ordered -= isOrdered ? 1 : 0;
        hasNewReplies = true;
    }

    /** The replies of a round are there. Does nothing if it is told so again. */
    void onPipelined() {
        if (!hasNewReplies) {
            return;
        }
        hasNewReplies = false;
        // Few requests at a time of a client that reads long values, so that not all of them are in memory at once.
        maxPipelined = mark() < SEND_AT ? Math.min(2 * maxPipelined, MOST_PIPELINED) : LEAST_PIPELINED;
        sendIfLong();
        tick.addToRound(this);
    }

    private void sendIfLong() {
        if (mark() >= SEND_AT && !isOnWorker) {
            handOver();
            flush();
        }
    }

    private List<byte[]> words() {
        List<byte[]> words = new ArrayList<>(parser.count());
        for (int i = 0; i < parser.count(); i++) {
            int length = parser.end(i) - parser.start(i);
            byte[] word = new byte[length];
            System.arraycopy(input.bytes(), input.start() + parser.start(i), word, 0, length);
            words.add(word);
        }
        return words;
    }

    private void endRequest() {
        input.skip(parser.length());
        parser.begin();
    }

    /** Where replies go. Also for a worker that runs a command. */
    ByteBuf output() {
        if (output == null) {
            output = isOnWorker ? context.alloc().directBuffer() : tick.takeOutput(context.alloc());
        }
        return output;
    }

    /**
     * Makes sure that the command that runs now reads what is current in the cluster. On the thread that waits for
     * that, or on any if {@link #isUnanswered}.
     *
     * @throws NotCommittedException if that cannot be told
     */
    void awaitCurrent() {
        NotCommittedException said = unanswered;
        if (said != null) {
            throw new NotCommittedException(
                    "not done, because the cluster did not answer the request before this one; try again: "
                            + said.getMessage(),
                    false,
                    said);
        }
        if (server.cluster() != null) {
            server.cluster().barrier();
        }
    }

    /** The cluster did not answer a request. Also for a worker. */
    void onUnanswered(NotCommittedException said) {
        unanswered = said;
    }

    /**
     * Whether the cluster did not answer a request, and nothing has come since. What the client has sent together with
     * that request does not wait as well: each wait takes as long as the first one.
     */
    boolean isUnanswered() {
        return unanswered != null;
    }

    /** The length of the replies that are not handed over yet. */
    int mark() {
        return output == null ? 0 : output.readableBytes();
    }

    /** Whether the reply after a mark is an array, as EXEC gives it if it has done something. */
    boolean hasRepliedArray(int mark) {
        int at = output == null ? 0 : output.readerIndex() + mark;
        return mark() > mark + 1 && output.getByte(at) == '*' && output.getByte(at + 1) != '-';
    }

    /** Forgets the replies after a mark. */
    void forgetRepliesAfter(int mark) {
        if (output != null) {
            output.writerIndex(output.readerIndex() + mark);
        }
    }

    /** Gives the replies to Netty; or closes the connection, if too much waits there already. */
    private void handOver() {
        if (outputLength() > server.settings().outputLimit()) {
            LOGGER.warn("client {}: closed, because it does not read its replies", session.address());
            server.stats().outputLimitDisconnections.increment();
            abort();
            return;
        }
        server.stats().bytesOut.add(output.readableBytes());
        sent = output;
        output = null;
        context.write(sent.retain(), context.voidPromise());
    }

    private void flush() {
        context.flush();
        if (sent != null) {
            tick.giveBackOutput(sent);
            sent = null;
        }
    }

    private void releaseOutput() {
        if (output == null) {
            return;
        }
        if (context.executor().inEventLoop()) {
            tick.giveBackOutput(output);
        } else {
            output.release();
        }
        output = null;
    }

    /** Sends the replies; then reads on, or does not. */
    void sendReplies() {
        if (isOnWorker) {
            setReading(false);
            return;
        }
        if (!context.channel().isActive()) {
            releaseOutput();
            return;
        }
        if (output != null) {
            handOver();
        }
        flush();
        if (isEnding) {
            if (pipelined == 0) {
                endAfterReplies();
            }
        } else {
            // Only a connection that is read notices that its client has gone.
            setReading((mayRun() && !hasMore) || (isParked && input.length() < Tick.BUFFER_LENGTH));
            if (mayRun() && (delayed != null || hasMore)) {
                tick.add(this);
            }
        }
    }

    private void setReading(boolean isReading) {
        ChannelConfig config = context.channel().config();
        if (config.isAutoRead() != isReading) {
            config.setAutoRead(isReading);
        }
    }

    /** Closes at once. */
    private void abort() {
        isEnding = true;
        isLingering = true;
        releaseOutput();
        context.close();
    }

    /** Runs nothing more, and closes once the replies are sent. On any thread. */
    void end() {
        if (!context.executor().inEventLoop()) {
            execute(this::end);
            return;
        }
        isEnding = true;
        input.clear();
        delayed = null;
        tick.add(this);
    }

    /**
     * The client gets its replies first, and then the end of the stream. A socket that is closed while it has unread
     * bytes would be reset, and the client might lose replies that have arrived: it is to close first.
     */
    private void endAfterReplies() {
        if (isLingering) {
            return;
        }
        isLingering = true;
        Channel channel = context.channel();
        setReading(true);
        channel.eventLoop().schedule(() -> channel.close(), LAST_REPLIES_MS, TimeUnit.MILLISECONDS);
        context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(sent -> {
            boolean isPlain = server.settings().tls() == null && channel instanceof DuplexChannel;
            if (hasInputEnded || !isPlain || !sent.isSuccess()) {
                channel.close();
            } else {
                ((DuplexChannel) channel).shutdownOutput().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
                channel.eventLoop().schedule(() -> channel.close(), LINGER_MS, TimeUnit.MILLISECONDS);
            }
        });
    }

    /** Runs something that takes long on a worker. Until it is done, nothing else of this client runs. */
    void runOnWorker(Runnable command) {
        runOn(server.workers(), command);
    }

    /** {@link #runOnWorker} of something that waits for the cluster, and takes no time beside that. */
    void runOnWaiter(Runnable command) {
        runOn(server.waiters(), command);
    }

    private void runOn(Executor workers, Runnable command) {
        isOnWorker = true;
        try {
            workers.execute(() -> work(command));
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            isOnWorker = false;
            dispatcher.fail(this, "ERR", ServerContext.NO_THREAD);
        }
    }

    /** On a worker. A command that was not begun when the server closed the connection is not run any more. */
    private void work(Runnable command) {
        try {
            if (!server.workers().isShutdown()) {
                command.run();
            }
        } catch (RuntimeException | Error e) {
            LOGGER.warn("client {}: closed after an error of the server", session.address(), e);
            kill();
        } finally {
            try {
                context.executor().execute(this::onWorkerDone);
            } catch (RejectedExecutionException e) {
                // The loop has ended with the server: no other thread touches this connection any more.
                endSession();
                releaseOutput();
            }
        }
    }

    private void onWorkerDone() {
        isOnWorker = false;
        if (isResumed) {
            isResumed = false;
            isWaiting = false;
            isParked = false;
        }
        if (!context.channel().isActive()) {
            endSession();
        } else if (isParked && hasInputEnded) {
            context.close();
        }
        takeMessages();
        tick.add(this);
    }

    /** {@link #delay} by a command whose reply the step gives. */
    void delayReply(Runnable step, long nanos) {
        delay(() -> dispatcher.goOn(this, step), nanos);
    }

    /** Whether the command that has run goes on later. */
    boolean isDelayed() {
        return delayed != null;
    }

    /**
     * Runs nothing for a time, and then goes on with a step. The time may turn out to be shorter: the step looks at the
     * clock, and may wait again.
     */
    void delay(Runnable step, long nanos) {
        delayed = step;
        isWaiting = true;
        context.executor().schedule(this::resume, nanos, TimeUnit.NANOSECONDS);
    }

    /**
     * Runs nothing until {@link #resumeSoon}, and then goes on with a step on a worker, which gives the reply of the
     * command that waits, or parks again. A {@link #resumeSoon} since the worker began counts. On a worker.
     */
    void park(Runnable step) {
        delayed = () -> runOnWorker(() -> dispatcher.goOn(this, step));
        isWaiting = true;
        isParked = true;
    }

    /** The thread that it belongs to. On any thread. */
    EventExecutor loop() {
        return context.executor();
    }

    private void resume() {
        if (isOnWorker) {
            isResumed = true; // whether it waits is the worker's to say
            return;
        }
        isWaiting = false;
        isParked = false;
        tick.add(this);
    }

    /** Ends a wait. On any thread. */
    void resumeSoon() {
        execute(this::resume);
    }

    /** Closes the connection at once; on any thread. */
    void kill() {
        context.close();
    }

    /** Answers what has come, and closes; on any thread. */
    void endSoon() {
        execute(() -> {
            isServerClosing = true;
            tick.add(this);
        });
    }

    /** Sends a message to which the client has subscribed; on any thread. */
    void deliver(List<byte[]> message) {
        if (context.executor().inEventLoop() && !isOnWorker && !isInCommand) {
            takeMessages();
            write(message);
            tick.add(this);
        } else {
            deliverLater(message);
        }
    }

    /**
     * {@link #deliver}, but never before the calling thread has done what it is doing. A message always comes after
     * those that are on their way, even if it was sent by the loop itself.
     */
    void deliverLater(List<byte[]> message) {
        if (inbox.add(message, MAX_MESSAGES_LENGTH)) {
            execute(this::onMessages);
        }
    }

    private void onMessages() {
        if (!isOnWorker) {
            takeMessages();
            tick.add(this);
        } else if (inbox.hasOverflown() && !isEnding) {
            closeSubscriber();
        }
    }

    /** Not while a worker has the output: meanwhile they stay where they are bounded. */
    private void takeMessages() {
        if (inbox.hasOverflown() && !isEnding) {
            closeSubscriber();
        } else {
            inbox.take(this::write);
        }
    }

    /** A client that was told that it has unsubscribed would take a message for the reply to what it asks next. */
    private void write(List<byte[]> message) {
        if (isEnding || !session.subscriptions().has(message)) {
            return;
        }
        if (outputLength() > Math.min(MAX_MESSAGES_LENGTH, server.settings().outputLimit())) {
            closeSubscriber();
            return;
        }
        session.output().push(message.size());
        for (byte[] part : message) {
            session.output().value(part);
        }
        sendIfLong();
    }

    private void closeSubscriber() {
        LOGGER.warn("client {}: closed, because it does not read its messages", session.address());
        server.stats().outputLimitDisconnections.increment();
        if (isOnWorker) {
            kill();
        } else {
            abort();
        }
    }

    void onAuthenticated(boolean authenticated) {
        parser.setAuthenticated(authenticated);
    }

    /** Whether there may be something to do about a connection that is idle; on any thread. */
    boolean needsIdleCheck() {
        return server.settings().idleSeconds() > 0 || inputFree() > 0;
    }

    /** Once a second. */
    void checkIdle() {
        int limit = server.settings().idleSeconds();
        boolean isAtRest = !isOnWorker && !isWaiting && !isWithoutRoom && pipelined == 0;
        if (limit > 0 && session.idleSeconds() > limit && isAtRest) {
            context.close();
        } else if (session.idleSeconds() > 0) {
            input.trim();
        }
    }

    /** Runs something on the thread of its loop; does nothing if that has ended with the server. */
    void execute(Runnable action) {
        try {
            context.executor().execute(action);
        } catch (RejectedExecutionException e) {
            LOGGER.debug("client {}: the server is closed", session.address());
        }
    }

    /** Bytes of requests that have not run. */
    int inputLength() {
        return input.length();
    }

    int inputFree() {
        return Math.max(0, input.capacity() - input.length());
    }

    /** Bytes of replies that the client has not taken. */
    long outputLength() {
        Channel channel = context.channel();
        ChannelOutboundBuffer sending = channel.unsafe().outboundBuffer();
        return mark() + (sending == null ? 0 : sending.totalPendingWriteBytes());
    }
}
