package dev.poro.server;

import dev.poro.command.GlobPattern;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Who has subscribed to which channels and patterns. A message goes to those who have subscribed when it is published;
 * those published by one client arrive in their order. Thread-safe.
 */
@SuppressWarnings("ByteBufferBackingArray")
final class PubSub {
    private final Map<ByteBuffer, Set<Connection>> channels = new ConcurrentHashMap<>();
    private final Map<ByteBuffer, Set<Connection>> patterns = new ConcurrentHashMap<>();

    void subscribe(ByteBuffer channel, Connection connection) {
        add(channels, channel, connection);
    }

    void unsubscribe(ByteBuffer channel, Connection connection) {
        remove(channels, channel, connection);
    }

    void subscribeToPattern(ByteBuffer pattern, Connection connection) {
        add(patterns, pattern, connection);
    }

    void unsubscribeFromPattern(ByteBuffer pattern, Connection connection) {
        remove(patterns, pattern, connection);
    }

    private static void add(Map<ByteBuffer, Set<Connection>> all, ByteBuffer name, Connection connection) {
        all.compute(name, (key, before) -> {
            Set<Connection> connections = before == null ? ConcurrentHashMap.newKeySet() : before;
            connections.add(connection);
            return connections;
        });
    }

    private static void remove(Map<ByteBuffer, Set<Connection>> all, ByteBuffer name, Connection connection) {
        all.computeIfPresent(name, (key, connections) -> {
            connections.remove(connection);
            return connections.isEmpty() ? null : connections;
        });
    }

    /** Sends a message; returns to how many subscriptions it goes. */
    int publish(byte[] channel, byte[] message) {
        int receivers = 0;
        for (Connection connection : subscribers(channel)) {
            connection.deliver(List.of(Words.bytes("message"), channel, message));
            receivers++;
        }
        for (Map.Entry<ByteBuffer, Set<Connection>> entry : patterns.entrySet()) {
            if (new GlobPattern(entry.getKey().array()).matches(channel)) {
                for (Connection connection : entry.getValue()) {
                    connection.deliver(
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

    int channelCount() {
        return channels.size();
    }

    int patternCount() {
        return patterns.size();
    }
}
