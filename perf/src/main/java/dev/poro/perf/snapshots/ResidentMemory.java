package dev.poro.perf.snapshots;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Watches the anonymous memory of this process, which does not include the mapping of the log. Runs on a thread of its
 * own.
 */
final class ResidentMemory implements AutoCloseable {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String ANONYMOUS = "RssAnon:";
    private static final int PERIOD_MILLIS = 10;

    private final Thread thread = new Thread(this::watch, "resident-memory");
    private volatile long highest;
    private volatile boolean stopped;

    ResidentMemory() {
        thread.setDaemon(true);
        thread.start();
    }

    private void watch() {
        while (!stopped) {
            highest = Math.max(highest, now());
            try {
                Thread.sleep(PERIOD_MILLIS);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** In bytes; 0 if the system does not report it. */
    private static long now() {
        if (!Files.isReadable(STATUS)) {
            return 0;
        }
        try {
            return Files.readAllLines(STATUS).stream()
                    .filter(line -> line.startsWith(ANONYMOUS))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The peak since the last call, in bytes. */
    long takeHighest() {
        long taken = Math.max(highest, now());
        highest = 0;
        return taken;
    }

    @Override
    public void close() {
        stopped = true;
    }
}
