package dev.poro.cli;

import dev.poro.wal.ReplayProgress;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Shows how far a recovery is, if it takes more than a second and if someone sits at the terminal; wiped out by
 * {@link #close()}. Used by the thread that opens the store.
 */
final class RecoveryProgressBar implements ReplayProgress, AutoCloseable {
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int BAR_WIDTH = 30;
    private static final double MIB = 1 << 20;

    private final PrintStream err;
    private final LongSupplier nanoTime;
    private final BooleanSupplier terminal;
    private final long openedNs;
    private boolean decided;
    private boolean shown;
    private int width;

    RecoveryProgressBar(PrintStream err) {
        this(err, System::nanoTime, RecoveryProgressBar::isStandardErrorTerminal);
    }

    RecoveryProgressBar(PrintStream err, LongSupplier nanoTime, BooleanSupplier terminal) {
        this.err = err;
        this.nanoTime = nanoTime;
        this.terminal = terminal;
        this.openedNs = nanoTime.getAsLong();
    }

    @Override
    public void onProgress(long bytesRead, long bytesTotal, long eventsApplied) {
        if (!decided && nanoTime.getAsLong() - openedNs >= PATIENCE_NS) {
            decided = true;
            shown = terminal.getAsBoolean();
        }
        if (shown) {
            draw(bytesRead, bytesTotal, eventsApplied);
        }
    }

    @Override
    public void close() {
        if (shown) {
            err.print("\r" + " ".repeat(width) + "\r");
            err.flush();
        }
    }

    private void draw(long bytesRead, long bytesTotal, long eventsApplied) {
        double part = bytesTotal <= 0 ? 1 : Math.min(1, (double) bytesRead / bytesTotal);
        int filled = (int) (part * BAR_WIDTH);
        String line = String.format(
                Locale.ROOT,
                "Recovering [%s%s] %3d %%, %,.0f of %,.0f MiB, %,d events",
                "#".repeat(filled),
                "-".repeat(BAR_WIDTH - filled),
                (int) (part * 100),
                bytesRead / MIB,
                bytesTotal / MIB,
                eventsApplied);
        err.print("\r" + line);
        err.flush();
        width = Math.max(width, line.length());
    }

    /** Java cannot tell without native code. {@code test} inherits our standard error, and can. */
    private static boolean isStandardErrorTerminal() {
        try {
            Process test = new ProcessBuilder("test", "-t", "2")
                    .redirectError(Redirect.INHERIT)
                    .start();
            return test.waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
