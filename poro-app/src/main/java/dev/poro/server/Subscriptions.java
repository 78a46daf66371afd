package dev.poro.server;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What one client has subscribed to, and what its transaction is to publish. Not thread-safe. */
@SuppressWarnings("ByteBufferBackingArray")
final class Subscriptions {
    private static final int PATTERN_MESSAGE_PARTS = 4;

    private final PubSub pubSub;
    private final Connection connection;
    private final Set<ByteBuffer> channels = new LinkedHashSet<>();
    private final Set<ByteBuffer> patterns = new LinkedHashSet<>();

    /** Channel and message, one after the other. */
    private final List<byte[]> unpublished = new ArrayList<>();

    /** The run of the transaction that they belong to. */
    private Object run;

    Subscriptions(PubSub pubSub, Connection connection) {
        this.pubSub = pubSub;
        this.connection = connection;
    }

    int count() {
        return channels.size() + patterns.size();
    }

    int channelCount() {
        return channels.size();
    }

    int patternCount() {
        return patterns.size();
    }

    void add(byte[] name, boolean isPattern) {
        ByteBuffer wrapped = ByteBuffer.wrap(name);
        if (isPattern && patterns.add(wrapped)) {
            pubSub.subscribeToPattern(wrapped, connection);
        } else if (!isPattern && channels.add(wrapped)) {
            pubSub.subscribe(wrapped, connection);
        }
    }

    void remove(byte[] name, boolean isPattern) {
        ByteBuffer wrapped = ByteBuffer.wrap(name);
        if (isPattern && patterns.remove(wrapped)) {
            pubSub.unsubscribeFromPattern(wrapped, connection);
        } else if (!isPattern && channels.remove(wrapped)) {
            pubSub.unsubscribe(wrapped, connection);
        }
    }

    /** Whether a message still is for the client: one of a pattern has one part more. */
    boolean has(List<byte[]> message) {
        ByteBuffer name = ByteBuffer.wrap(message.get(1));
        return message.size() == PATTERN_MESSAGE_PARTS ? patterns.contains(name) : channels.contains(name);
    }

    /** All channels, or all patterns. */
    List<byte[]> names(boolean arePatterns) {
        return (arePatterns ? patterns : channels)
                .stream().map(ByteBuffer::array).toList();
    }

    /** Ends all subscriptions. What a transaction is to publish stays: a worker may be running it. */
    void clear() {
        names(false).forEach(name -> remove(name, false));
        names(true).forEach(name -> remove(name, true));
    }

    /**
     * Keeps a message until the transaction has happened.
     *
     * @param currentRun a transaction that lost a race runs again: what the run before has kept is forgotten
     */
    void publishLater(Object currentRun, byte[] channel, byte[] message) {
        if (run != currentRun) {
            unpublished.clear();
            run = currentRun;
        }
        unpublished.add(channel);
        unpublished.add(message);
    }

    /** A transaction is over. */
    void endTransaction(boolean hasHappened) {
        for (int i = 0; hasHappened && i < unpublished.size(); i += 2) {
            connection.session().server().publish(unpublished.get(i), unpublished.get(i + 1));
        }
        unpublished.clear();
        run = null;
    }
}
