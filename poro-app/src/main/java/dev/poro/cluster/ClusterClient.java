package dev.poro.cluster;

import io.aeron.Aeron;
import io.aeron.Publication;
import io.aeron.cluster.client.AeronCluster;
import io.aeron.cluster.client.EgressListener;
import io.aeron.logbuffer.Header;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that sends a node's messages to the leader, whichever node that is. Nothing is answered over the network:
 * a message is done when the node's own service has applied it, see {@link Progress}.
 *
 * <p>With each connection and each new leader an epoch begins, by a fence ({@link Fences}). Nothing else is sent until
 * the fence has come back. Then all messages that have not come back are sent again, in their order, and then new ones:
 * they certainly were not committed before, and will not be.
 *
 * <p>A message that takes too long is given up: whoever waits for it is told whether it may still happen.
 */
final class ClusterClient implements Runnable, EgressListener {
    private static final Logger LOGGER = LoggerFactory.getLogger(ClusterNode.class);

    private static final long KEEP_ALIVE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long RECONNECT_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long CONNECT_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long NEW_LEADER_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(3);

    /** So many epochs are begun on one connection without news before there is another connection. */
    private static final int MOST_EPOCHS = 2;

    private static final long PARK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int MOST_AT_ONCE = 256;

    private final ClusterSettings settings;
    private final NodeIdentity self;
    private final Aeron aeron;
    private final Outbox outbox;
    private final Progress progress;
    private final Unanswered unanswered;
    private final NodeFailure failure;
    private final ClusterBeginning beginning;
    private final Deque<OutgoingMessage> toSend = new ArrayDeque<>();
    private final Deque<OutgoingMessage> sent = new ArrayDeque<>();
    private final ExpandableArrayBuffer fence = new ExpandableArrayBuffer();
    private final Thread thread;
    private volatile boolean isParked;
    private volatile boolean isClosing;
    private volatile boolean isConnected;

    private AeronCluster.AsyncConnect connecting;
    private AeronCluster session;
    private long reconnectAt;
    private long keptAliveAt;
    private int epoch;
    private boolean isFenceSent;
    private boolean isFencePassed;
    /** If nothing comes back for so long, what was sent is perhaps lost: another epoch begins. */
    private final FencePatience patience = new FencePatience();

    private long epochBegan;
    private int epochsWithoutNews;
    /** When a message has come back last, or none was on its way. */
    private long newsAt;

    private long lastNumber;

    /** Told what is given up. */
    @FunctionalInterface
    interface Unanswered {
        void giveUp(long correlation, boolean mayStillHappen);
    }

    ClusterClient(
            ClusterSettings settings,
            NodeIdentity self,
            Aeron aeron,
            Outbox outbox,
            Progress progress,
            ClusterBeginning beginning,
            Unanswered unanswered,
            NodeFailure failure) {
        this.settings = settings;
        this.self = self;
        this.aeron = aeron;
        this.outbox = outbox;
        this.progress = progress;
        this.beginning = beginning;
        this.unanswered = unanswered;
        this.failure = failure;
        this.thread = new Thread(this, "poro-cluster-client");
        this.thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** There is something in the outbox. Any thread. */
    void wakeUp() {
        if (isParked) {
            LockSupport.unpark(thread);
        }
    }

    /** Whether it is connected, and its first message has come back. Any thread. */
    boolean isConnected() {
        return isConnected;
    }

    @Override
    public void run() {
        try {
            while (!isClosing) {
                if (work() == 0) {
                    park();
                }
            }
            end();
        } catch (Error e) {
            failure.stop(e);
            throw e;
        }
    }

    private int work() {
        try {
            return doWork();
        } catch (RuntimeException e) {
            LOGGER.debug("node {}: the connection to the cluster is lost", self.node(), e);
            disconnect();
            return 0;
        }
    }

    private void park() {
        isParked = true;
        if (outbox.isEmpty() && !isClosing) {
            LockSupport.parkNanos(this, PARK_NANOS);
        }
        isParked = false;
    }

    private int doWork() {
        int work = outbox.moveTo(toSend);
        long now = System.nanoTime();
        work += takeProgress(now);
        giveUpLate(now);
        if (session == null) {
            return work + connect(now);
        }
        work += session.pollEgress();
        if (session.isClosed()) {
            disconnect();
            return work;
        }
        if (now - keptAliveAt > KEEP_ALIVE_NANOS) {
            keptAliveAt = now;
            session.sendKeepAlive();
        }
        return work + send(now);
    }

    /** What has come back is done. */
    private int takeProgress(long now) {
        long number = progress.number();
        if (number == lastNumber) {
            return 0;
        }
        lastNumber = number;
        epochsWithoutNews = 0;
        newsAt = now;
        return outbox.giveBackUpTo(number, sent);
    }

    private void giveUpLate(long now) {
        giveUpLate(sent, now);
        giveUpLate(toSend, now);
    }

    private void giveUpLate(Deque<OutgoingMessage> messages, long now) {
        for (OutgoingMessage first = messages.peekFirst();
                first != null && now - first.deadlineNanos() > 0;
                first = messages.peekFirst()) {
            messages.removeFirst();
            giveUp(first);
        }
    }

    private void giveUp(OutgoingMessage message) {
        if (message.kind() == MessageDescriptor.RECORDS) {
            unanswered.giveUp(message.correlation(), message.wasSent());
        }
        outbox.giveBack(message);
    }

    private int connect(long now) {
        if (connecting == null) {
            if (now - reconnectAt < 0) {
                return 0;
            }
            connecting = AeronCluster.asyncConnect(new AeronCluster.Context()
                    .aeron(aeron)
                    .ownsAeronClient(false)
                    .errorHandler(e -> LOGGER.debug("node {}", self.node(), e))
                    .messageTimeoutNs(CONNECT_TIMEOUT_NANOS)
                    .newLeaderTimeoutNs(NEW_LEADER_TIMEOUT_NANOS)
                    .ingressChannel(settings.ingressChannel())
                    .ingressEndpoints(settings.members().ingressEndpoints())
                    .egressChannel(settings.egressChannel())
                    .clientName("poro-" + self.node())
                    .egressListener(this));
        }
        session = connecting.poll();
        if (session == null) {
            return 0;
        }
        connecting = null;
        keptAliveAt = now;
        epochsWithoutNews = 0;
        beginEpoch(now);
        return 1;
    }

    private void disconnect() {
        isConnected = false;
        CloseHelper.quietClose(connecting);
        CloseHelper.quietClose(session);
        connecting = null;
        session = null;
        reconnectAt = System.nanoTime() + RECONNECT_NANOS;
    }

    private void beginEpoch(long now) {
        epoch++;
        isFenceSent = false;
        isFencePassed = false;
        epochBegan = now;
    }

    private int send(long now) {
        if (!isFenceSent) {
            return sendFence();
        }
        if (!isFencePassed && !passFence(now)) {
            if (now - epochBegan > patience.nanos()) {
                patience.onLost();
                beginAnotherEpoch(now);
            }
            return 0;
        }
        if (sent.isEmpty()) {
            newsAt = now;
        } else if (now - newsAt > patience.nanos()) {
            beginAnotherEpoch(now);
            return 0;
        }
        int count = 0;
        while (!toSend.isEmpty() && count < MOST_AT_ONCE && offer(toSend.peekFirst())) {
            sent.addLast(toSend.removeFirst());
            count++;
        }
        return count;
    }

    private void beginAnotherEpoch(long now) {
        if (++epochsWithoutNews > MOST_EPOCHS) {
            disconnect();
        } else {
            beginEpoch(now);
        }
    }

    private int sendFence() {
        int length = beginning.encodeFence(fence, self, epoch);
        long result = session.offer(fence, 0, length);
        isFenceSent = result > 0;
        requireUsable(result);
        return isFenceSent ? 1 : 0;
    }

    /** Returns whether it has come back; then what was not seen until then is to be sent again. */
    private boolean passFence(long now) {
        if (progress.epoch() != epoch) {
            return false;
        }
        patience.onPassed(now - epochBegan);
        // Told together: what came before the fence is known by now.
        takeProgress(now);
        newsAt = now;
        for (OutgoingMessage last = sent.pollLast(); last != null; last = sent.pollLast()) {
            last.setSent(false);
            toSend.addFirst(last);
        }
        isFencePassed = true;
        isConnected = true;
        return true;
    }

    private boolean offer(OutgoingMessage message) {
        message.setEpoch(epoch);
        long result = session.offer(message.buffer(), 0, message.length());
        if (result > 0) {
            message.setSent(true);
            return true;
        }
        requireUsable(result);
        return false;
    }

    private static void requireUsable(long result) {
        if (result == Publication.MAX_POSITION_EXCEEDED) {
            throw new IllegalStateException("the connection to the leader is used up");
        }
    }

    @Override
    public void onNewLeader(long clusterSessionId, long leadershipTermId, int leaderMemberId, String endpoints) {
        LOGGER.debug("node {}: node {} leads in term {}", self.node(), leaderMemberId, leadershipTermId);
        isConnected = false;
        epochsWithoutNews = 0;
        beginEpoch(System.nanoTime());
    }

    @Override
    public void onMessage(
            long clusterSessionId, long timestamp, DirectBuffer buffer, int offset, int length, Header header) {
        // Nodes answer their clients themselves.
    }

    /** Ends the thread; what is on its way is given up. */
    void close() {
        isClosing = true;
        outbox.close();
        LockSupport.unpark(thread);
        boolean isInterrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void end() {
        disconnect();
        outbox.moveTo(toSend);
        for (OutgoingMessage message = sent.pollFirst(); message != null; message = sent.pollFirst()) {
            giveUp(message);
        }
        for (OutgoingMessage message = toSend.pollFirst(); message != null; message = toSend.pollFirst()) {
            giveUp(message);
        }
    }
}
