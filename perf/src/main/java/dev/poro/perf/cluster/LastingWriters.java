package dev.poro.perf.cluster;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Threads that write on and on, each on a connection to one server: a write that fails, or whose server is gone, is
 * tried again. Knows how long there was no acknowledged write at all. Thread-safe.
 */
final class LastingWriters implements AutoCloseable {
    private static final int KEYS = 1_000;
    private static final long RETRY_MS = 5;

    private final List<Thread> threads = new ArrayList<>();
    private final String value;
    private volatile boolean isEnding;

    private long lastNanos = System.nanoTime();
    private long longestNanos;
    private long count;

    /** @param writers for each of the servers */
    LastingWriters(List<InetSocketAddress> servers, int writers, int valueLength) {
        value = "v".repeat(valueLength);
        for (int i = 0; i < servers.size() * writers; i++) {
            InetSocketAddress server = servers.get(i % servers.size());
            int number = i;
            Thread thread = new Thread(() -> write(server, number), "writer-" + i);
            thread.setDaemon(true);
            threads.add(thread);
        }
        threads.forEach(Thread::start);
    }

    private void write(InetSocketAddress server, int number) {
        while (!isEnding) {
            try (Client client = new Client(server)) {
                for (int i = 0; !isEnding; i++) {
                    if (client.ask("SET", "writer" + number + ":" + i % KEYS, value)
                            .equals("+OK")) {
                        onAcknowledged();
                    }
                }
            } catch (IOException e) {
                pause(); // the node is gone, or not there yet
            }
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(RETRY_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void onAcknowledged() {
        long now = System.nanoTime();
        longestNanos = Math.max(longestNanos, now - lastNanos);
        lastNanos = now;
        count++;
    }

    /** How many writes were acknowledged so far. */
    synchronized long count() {
        return count;
    }

    /** The longest time without an acknowledged write since this was called last, in nanoseconds. */
    synchronized long takeLongestGap() {
        long longest = Math.max(longestNanos, System.nanoTime() - lastNanos);
        longestNanos = 0;
        return longest;
    }

    /** Waits until so many more writes are acknowledged. */
    void await(long more) throws InterruptedException {
        long until = count() + more;
        while (count() < until) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    @Override
    public void close() {
        isEnding = true;
        boolean isInterrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    isInterrupted = true;
                }
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
