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
 * {@link #wipe()}. Used by the thread that opens the store.
 */
final class RecoveryProgressBar implements ReplayProgress {
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long REDRAW_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int BAR_WIDTH = 14;
    private static final double MIB = 1 << 20;

    private final PrintStream err;
    private final LongSupplier nanoTime;
    private final BooleanSupplier terminal;
    private long nextDrawNs;
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
        this.nextDrawNs = nanoTime.getAsLong() + PATIENCE_NS;
    }

    @Override
    public void onProgress(long bytesRead, long bytesTotal, long lastSequence) {
        long nowNs = nanoTime.getAsLong();
        if (nowNs - nextDrawNs < 0) {
            return;
        }
        nextDrawNs = nowNs + REDRAW_NS;
        if (!decided) {
            decided = true;
            shown = terminal.getAsBoolean();
        }
        if (shown) {
            draw(bytesRead, bytesTotal, lastSequence);
        }
    }

    /** Leaves the line as if nothing had been there. */
    void wipe() {
        if (shown) {
            err.print("\r" + " ".repeat(width) + "\r");
            err.flush();
        }
    }

    private void draw(long bytesRead, long bytesTotal, long lastSequence) {
        double part = bytesTotal <= 0 ? 1 : Math.min(1, (double) bytesRead / bytesTotal);
        int filled = (int) (part * BAR_WIDTH);
        String line = String.format(
                Locale.ROOT,
                "Recovering [%s%s] %3d %%, %,.0f of %,.0f MiB, event %,d",
                "#".repeat(filled),
                "-".repeat(BAR_WIDTH - filled),
                (int) (part * 100),
                bytesRead / MIB,
                bytesTotal / MIB,
                lastSequence);
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
