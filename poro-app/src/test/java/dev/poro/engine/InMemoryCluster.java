package dev.poro.engine;

import dev.poro.events.RawMemory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;

/**
 * A cluster in one process: messages in the order in which they were sent, and nodes whose service threads hand them to
 * their replicas, each in batches of its own. No message is lost; a test may refuse all, or hold back some.
 * Thread-safe.
 */
public final class InMemoryCluster implements AutoCloseable {
    static final long INCARNATION = 77;

    private static final int MAX_BATCH = 20;
    private static final ThreadLocal<Object> TAG = new ThreadLocal<>();

    private final List<Message> log = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();
    private final long begin = System.nanoTime();
    private final int maxMessageLength;
    private volatile int leader;
    private volatile boolean refuses;
    private volatile boolean holdsBack;
    private volatile RuntimeException unsent;
    /** From this one on, messages are not committed yet. */
    private int heldFrom = Integer.MAX_VALUE;

    private long lastMillis;

    /** Takes messages of up to so many bytes. */
    public InMemoryCluster(int maxMessageLength) {
        this.maxMessageLength = maxMessageLength;
    }

    /** A message that was committed. */
    static final class Message {
        private final long timeMillis;
        private final int node;
        private final int opening;
        private final long number;
        private final byte[] records;
        private final Object tag;

        private Message(long timeMillis, int node, int opening, long number, byte[] records, Object tag) {
            this.timeMillis = timeMillis;
            this.node = node;
            this.opening = opening;
            this.number = number;
            this.records = records;
            this.tag = tag;
        }

        long timeMillis() {
            return timeMillis;
        }

        /** Which node has sent it. */
        int node() {
            return node;
        }

        long number() {
            return number;
        }

        byte[] records() {
            return records;
        }

        /** What the thread that has sent it {@linkplain #tag(Object) has said} of it. */
        Object tag() {
            return tag;
        }
    }

    /** What the calling thread sends from now on belongs to this. */
    void tag(Object ofThread) {
        TAG.set(ofThread);
    }

    /** This node leads from now on; -1 for none. */
    void lead(int node) {
        leader = node;
    }

    /** Whether messages are refused; if so, none is added after this returns. */
    synchronized void refuse(boolean all) {
        refuses = all;
    }

    /** What nodes get in place of sending messages; {@code null} for nothing. */
    public void failWith(RuntimeException thrown) {
        unsent = thrown;
    }

    /** Whether messages are neither committed nor refused: they are forgotten. */
    void forget(boolean all) {
        holdsBack = all;
    }

    /** Whether messages are kept from now on: they are committed when this ends. */
    public synchronized void hold(boolean all) {
        heldFrom = all ? log.size() : Integer.MAX_VALUE;
        notifyAll();
    }

    /** Waits until so many messages were sent, of which some may be held. */
    public synchronized void awaitSent(int count) throws InterruptedException {
        while (log.size() < count) {
            wait();
        }
    }

    /** How many messages were sent. */
    public synchronized int sent() {
        return log.size();
    }

    synchronized List<Message> log() {
        return List.copyOf(log);
    }

    private synchronized long millis() {
        lastMillis = Math.max(lastMillis, 1_000_000 + (System.nanoTime() - begin) / 1_000_000);
        return lastMillis;
    }

    /** Commits a message of nobody. */
    synchronized void commit(byte[] records) {
        append(new Message(millis(), -1, 0, Replica.NOT_OURS, records, null));
    }

    private synchronized void append(Message message) {
        if (refuses) {
            throw new NotCommittedException("no leader", false, null);
        }
        log.add(message);
        notifyAll();
    }

    /** Starts a node of a new or an old store. */
    public Node start(Path path, UnaryOperator<PoroBuilder> settings) {
        int id = nodes.size();
        Node node = new Node(id, path, settings);
        nodes.add(node);
        node.open();
        return node;
    }

    /** Every node has applied all messages. */
    public void awaitAll() throws InterruptedException {
        int all = log().size();
        for (Node node : nodes) {
            node.await(all);
        }
    }

    @Override
    public void close() {
        nodes.forEach(Node::close);
    }

    /** A node, which may be closed and opened again. */
    public final class Node implements Replicator {
        private final int id;
        private final Path path;
        private final UnaryOperator<PoroBuilder> settings;
        private int opening;
        private Replica replica;
        private Thread service;
        private volatile boolean ends;
        private volatile int applied;
        private volatile Throwable failure;

        private Node(int id, Path path, UnaryOperator<PoroBuilder> settings) {
            this.id = id;
            this.path = path;
            this.settings = settings;
        }

        /** Its store. */
        public Poro poro() {
            return replica.store();
        }

        /** The replica. */
        public Replica replica() {
            return replica;
        }

        void open() {
            opening++;
            replica = settings.apply(Poro.at(path).memory(8 << 20).sync(SyncPolicy.OS))
                    .openReplica(this);
            applied = 0;
            ends = false;
            service = new Thread(this::serve, "service-" + id);
            service.setDaemon(true);
            service.start();
        }

        void close() {
            ends = true;
            service.interrupt();
            boolean interrupted = false;
            while (service.isAlive()) {
                try {
                    service.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            Backoff.restoreInterrupt(interrupted);
            Throwable failed = failure;
            failure = null;
            try {
                replica.close();
            } catch (StoreFailedException e) {
                failed = failed == null ? e : failed;
            }
            if (failed != null) {
                throw new AssertionError("the service of node " + id + " has failed", failed);
            }
        }

        /** Why its service has ended; waits until it has. */
        Throwable awaitFailure() throws InterruptedException {
            service.join();
            Throwable failed = failure;
            failure = null;
            return failed;
        }

        void await(int all) throws InterruptedException {
            while (applied < all) {
                if (failure != null) {
                    throw new AssertionError("the service of node " + id + " has failed", failure);
                }
                Thread.sleep(1);
            }
        }

        private void serve() {
            Random random = new Random(id);
            try {
                replica.begin(INCARNATION);
                int next = 0;
                while (true) {
                    int end = awaitMessages(next);
                    for (; next < end; next++) {
                        Message message = message(next);
                        boolean isOurs = message.node == id && message.opening == opening;
                        new CommittedLog.Message(message.timeMillis, 0, 10L * next, message.records)
                                .commitTo(replica, isOurs ? message.number : Replica.NOT_OURS);
                        if (random.nextInt(MAX_BATCH) == 0) {
                            replica.endBatch();
                        }
                    }
                    replica.endBatch();
                    applied = next;
                }
            } catch (InterruptedException e) {
                if (!ends) {
                    failure = e;
                }
            } catch (RuntimeException | Error e) {
                failure = e;
            }
        }

        private Message message(int index) {
            synchronized (InMemoryCluster.this) {
                return log.get(index);
            }
        }

        private int awaitMessages(int next) throws InterruptedException {
            synchronized (InMemoryCluster.this) {
                while (Math.min(log.size(), heldFrom) == next || ends) {
                    InMemoryCluster.this.wait();
                }
                return Math.min(Math.min(log.size(), heldFrom), next + MAX_BATCH);
            }
        }

        @Override
        public int maxMessageLength() {
            return maxMessageLength;
        }

        @Override
        public void send(long number, long address, int length) {
            RuntimeException thrown = unsent;
            if (thrown != null) {
                throw thrown;
            }
            if (holdsBack) {
                return;
            }
            byte[] records = new byte[length];
            if (length > 0) {
                RawMemory.copy(address, records, 0, length);
            }
            append(new Message(millis(), id, opening, number, records, TAG.get()));
        }

        @Override
        public boolean isLeader() {
            return leader == id;
        }

        @Override
        public long timeMillis() {
            return millis();
        }
    }
}
