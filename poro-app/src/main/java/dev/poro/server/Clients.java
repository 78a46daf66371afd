package dev.poro.server;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** The connections of a server. Thread-safe. */
final class Clients {
    private final ConcurrentMap<Long, Connection> connections = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicLong lastId = new AtomicLong();
    private volatile boolean pausesAll;

    /** By the clock of {@link System#nanoTime}; 0: not paused. */
    private volatile long pausedUntil;

    /** A number that no other connection has had. */
    long newId() {
        return lastId.incrementAndGet();
    }

    /** Returns false if there are so many already. */
    boolean add(Connection connection, int most) {
        if (count.incrementAndGet() > most) {
            count.decrementAndGet();
            return false;
        }
        connections.put(connection.session().id(), connection);
        return true;
    }

    /** Does nothing for one that was not added. */
    void remove(Connection connection) {
        if (connections.remove(connection.session().id(), connection)) {
            count.decrementAndGet();
        }
    }

    int count() {
        return count.get();
    }

    /** {@code null} if there is none any more. */
    Connection withId(long id) {
        return connections.get(id);
    }

    /** All, in the order in which they came. */
    List<Connection> all() {
        return connections.values().stream()
                .sorted(Comparator.comparingLong(
                        connection -> connection.session().id()))
                .toList();
    }

    /** All, in no order. */
    Collection<Connection> unordered() {
        return connections.values();
    }

    /** Makes commands wait. A pause that lasts longer already stays as long. */
    void pause(long millis, boolean all) {
        long until = System.nanoTime() + Math.min(millis, Long.MAX_VALUE / 2_000_000) * 1_000_000;
        boolean isPaused = pauseNanos() > 0;
        pausesAll = all || (isPaused && pausesAll);
        pausedUntil = isPaused && pausedUntil - until > 0 ? pausedUntil : until;
    }

    void endPause() {
        pausedUntil = 0;
        pausesAll = false;
        unordered().forEach(Connection::resumeSoon);
    }

    /** How long a command has to wait, in nanoseconds; 0 or less if not at all. */
    long pauseNanosOf(boolean isWriting) {
        return isWriting || pausesAll ? pauseNanos() : 0;
    }

    boolean isPaused() {
        return pausedUntil != 0 && pauseNanos() > 0;
    }

    private long pauseNanos() {
        long until = pausedUntil;
        return until == 0 ? 0 : until - System.nanoTime();
    }
}
