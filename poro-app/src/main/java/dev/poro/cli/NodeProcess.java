package dev.poro.cli;

import dev.poro.cluster.ClusterNode;
import dev.poro.engine.PoroException;
import dev.poro.server.PoroServer;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * How the process of a node ends: by a signal, with everything closed; or because the node must not go on, with a
 * status of its own, and within seconds whatever still hangs. Thread-safe.
 */
final class NodeProcess {
    private static final long END_S = 15;

    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile ClusterNode node;
    private volatile PoroServer server;

    NodeProcess() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "poro-shutdown"));
    }

    void add(ClusterNode started) {
        node = started;
    }

    void add(PoroServer started) {
        server = started;
    }

    /** Clients get their replies before the node ends. */
    private void close() {
        PoroServer listening = server;
        if (listening != null) {
            listening.close();
        }
        ClusterNode running = node;
        if (running != null) {
            try {
                running.close();
            } catch (PoroException e) {
                System.err.println("poro: " + e.getMessage());
            }
        }
    }

    /** The node must not go on. Returns at once. */
    void fail(Throwable cause) {
        System.err.println("poro: this node ends: " + (cause.getMessage() == null ? cause : cause.getMessage()));
        if ("1".equals(System.getenv("PORO_DEBUG"))) {
            cause.printStackTrace();
        }
        start("poro-end", () -> System.exit(ExitStatus.STORE_FAILED));
        start("poro-end-at-last", () -> {
            try {
                TimeUnit.SECONDS.sleep(END_S);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            Runtime.getRuntime().halt(ExitStatus.STORE_FAILED);
        });
    }

    /** Ends the process when standard input ends, as it does when the process at its other end is gone. */
    void endWithInput() {
        start("poro-input", () -> {
            try {
                while (System.in.read() >= 0) {
                    // Nothing is expected.
                }
            } catch (IOException e) {
                // It has ended.
            }
            System.exit(ExitStatus.OK);
        });
    }

    private static void start(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Until the process is told to end: then the JVM does not come back to this thread. */
    void await() {
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
