package dev.poro.server;

import dev.poro.command.GlobPattern;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;

/**
 * Who has subscribed to which channels and patterns. A message goes to those who have subscribed when it is published;
 * those published by one client arrive in their order. Thread-safe.
 */
@SuppressWarnings("ByteBufferBackingArray")
final class PubSub {
    /** The longest name of a channel, and the longest pattern, in bytes: to match one with one is a moment's work. */
    static final int MAX_NAME_LENGTH = 4 * 1_024;

    /** More comparisons of bytes than that are too many for an event loop. */
    private static final long MAX_COMPARISONS = 1 << 22;

    private final Map<ByteBuffer, Set<Connection>> channels = new ConcurrentHashMap<>();
    private final Map<ByteBuffer, Set<Connection>> patterns = new ConcurrentHashMap<>();

    /** The bytes of all patterns. */
    private final AtomicLong patternsLength = new AtomicLong();

    void subscribe(ByteBuffer channel, Connection connection) {
        add(channels, channel, connection);
    }

    void unsubscribe(ByteBuffer channel, Connection connection) {
        remove(channels, channel, connection);
    }

    void subscribeToPattern(ByteBuffer pattern, Connection connection) {
        if (add(patterns, pattern, connection)) {
            patternsLength.addAndGet(pattern.array().length);
        }
    }

    void unsubscribeFromPattern(ByteBuffer pattern, Connection connection) {
        if (remove(patterns, pattern, connection)) {
            patternsLength.addAndGet(-pattern.array().length);
        }
    }

    /** Returns whether the name is new. */
    private static boolean add(Map<ByteBuffer, Set<Connection>> all, ByteBuffer name, Connection connection) {
        boolean[] isNew = {false};
        all.compute(name, (key, before) -> {
            isNew[0] = before == null;
            Set<Connection> connections = before == null ? ConcurrentHashMap.newKeySet() : before;
            connections.add(connection);
            return connections;
        });
        return isNew[0];
    }

    /** Returns whether nobody has the name any more. */
    private static boolean remove(Map<ByteBuffer, Set<Connection>> all, ByteBuffer name, Connection connection) {
        boolean[] isLast = {false};
        all.computeIfPresent(name, (key, connections) -> {
            connections.remove(connection);
            isLast[0] = connections.isEmpty();
            return isLast[0] ? null : connections;
        });
        return isLast[0];
    }

    /** Whether it may take long to find out which patterns a channel matches. */
    boolean isSlowToMatch(byte[] channel) {
        return patternsLength.get() * channel.length > MAX_COMPARISONS;
    }

    /** Sends a message; returns to how many subscriptions it goes. */
    int publish(byte[] channel, byte[] message) {
        return publish(channel, message, Connection::deliver);
    }

    /**
     * Sends a message from whatever a thread is doing: no connection is touched before it has done that. The thread may
     * be the one that carries changes out, so a channel that {@link #isSlowToMatch} is compared with no pattern.
     */
    void publishLater(byte[] channel, byte[] message) {
        publishByName(channel, message, Connection::deliverLater);
        if (!isSlowToMatch(channel)) {
            publishByPattern(channel, message, Connection::deliverLater);
        }
    }

    private int publish(byte[] channel, byte[] message, BiConsumer<Connection, List<byte[]>> delivery) {
        return publishByName(channel, message, delivery) + publishByPattern(channel, message, delivery);
    }

    private int publishByName(byte[] channel, byte[] message, BiConsumer<Connection, List<byte[]>> delivery) {
        Collection<Connection> receivers = subscribers(channel);
        for (Connection connection : receivers) {
            delivery.accept(connection, List.of(Words.bytes("message"), channel, message));
        }
        return receivers.size();
    }

    private int publishByPattern(byte[] channel, byte[] message, BiConsumer<Connection, List<byte[]>> delivery) {
        int receivers = 0;
        for (Map.Entry<ByteBuffer, Set<Connection>> entry : patterns.entrySet()) {
            if (new GlobPattern(entry.getKey().array()).matches(channel)) {
                for (Connection connection : entry.getValue()) {
                    delivery.accept(
                            connection,
                            List.of(Words.bytes("pmessage"), entry.getKey().array(), channel, message));
                    receivers++;
                }
            }
        }
        return receivers;
    }

    /** To how many subscriptions a message would go. */
    int receivers(byte[] channel) {
        int receivers = subscribers(channel).size();
        for (Map.Entry<ByteBuffer, Set<Connection>> entry : patterns.entrySet()) {
            receivers += new GlobPattern(entry.getKey().array()).matches(channel)
                    ? entry.getValue().size()
                    : 0;
        }
        return receivers;
    }

    /** Who has subscribed to a channel by its name. */
    Collection<Connection> subscribers(byte[] channel) {
        return channels.getOrDefault(ByteBuffer.wrap(channel), Set.of());
    }

    /** The channels that have subscribers and match. */
    List<byte[]> channels(GlobPattern pattern) {
        List<byte[]> found = new ArrayList<>();
        for (ByteBuffer channel : channels.keySet()) {
            if (pattern.matches(channel.array())) {
                found.add(channel.array());
            }
        }
        return found;
    }

    boolean hasSubscribers() {
        return !channels.isEmpty() || !patterns.isEmpty();
    }

    int channelCount() {
        return channels.size();
    }

    int patternCount() {
        return patterns.size();
    }
}
