package dev.poro.cli;

import dev.poro.engine.Progress;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * Shows the progress of an operation on a log, if it takes more than a second and standard error is a terminal.
 * {@link #wipe()} removes it. Used by the thread that runs the operation.
 */
final class ProgressBar implements Progress {
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long REDRAW_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int BAR_WIDTH = 14;
    private static final double MIB = 1 << 20;

    /** The width of a terminal whose size is unknown. */
    private static final int DEFAULT_COLUMNS = 80;

    private static final int NO_TERMINAL = -1;

    private final PrintStream err;
    private final LongSupplier nanoTime;
    private final IntSupplier columnsOfTerminal;
    private Step step = Step.READING_LOG;
    private long nextDrawNs;
    private boolean decided;
    private int columns = NO_TERMINAL;
    private int width;

    ProgressBar(PrintStream err) {
        this(err, System::nanoTime, ProgressBar::columnsOfStandardError);
    }

    /** @param columnsOfTerminal negative if there is none; called once, when there is something to show */
    ProgressBar(PrintStream err, LongSupplier nanoTime, IntSupplier columnsOfTerminal) {
        this.err = err;
        this.nanoTime = nanoTime;
        this.columnsOfTerminal = columnsOfTerminal;
        this.nextDrawNs = nanoTime.getAsLong() + PATIENCE_NS;
    }

    @Override
    public void onStep(Step next) {
        step = next;
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
            columns = columnsOfTerminal.getAsInt();
        }
        if (columns > 0) {
            draw(bytesRead, bytesTotal, lastSequence);
        }
    }

    /** Clears the line. */
    void wipe() {
        if (width > 0) {
            err.print("\r" + " ".repeat(width) + "\r");
            err.flush();
            width = 0;
        }
    }

    private void draw(long bytesRead, long bytesTotal, long lastSequence) {
        double part = bytesTotal <= 0 ? 1 : Math.min(1, (double) bytesRead / bytesTotal);
        int filled = (int) (part * BAR_WIDTH);
        String line = String.format(
                Locale.ROOT,
                "%s %3d %% [%s%s] %,.0f of %,.0f MiB, event %,d",
                nameOf(step),
                (int) (part * 100),
                "#".repeat(filled),
                "-".repeat(BAR_WIDTH - filled),
                bytesRead / MIB,
                bytesTotal / MIB,
                lastSequence);
        // A line that fills the last column would wrap to the next row, and stay there.
        String shown = line.substring(0, Math.min(line.length(), columns - 1));
        err.print("\r" + shown + " ".repeat(Math.max(0, width - shown.length())));
        err.flush();
        width = Math.max(width, shown.length());
    }

    private static String nameOf(Step step) {
        switch (step) {
            case LOADING_SNAPSHOT:
                return "Loading snapshot";
            case READING_LOG:
                return "Reading log";
            case CHECKING_SNAPSHOTS:
                return "Checking snapshots";
            case SEARCHING_DAMAGE:
                return "Searching damage";
            case COPYING:
                return "Copying";
            case READING_BACK:
                return "Reading back";
        }
        throw new AssertionError(step);
    }

    /**
     * The width of the terminal. Java cannot find it without native code; a shell that inherits our standard error can.
     */
    private static int columnsOfStandardError() {
        try {
            Process shell = new ProcessBuilder("sh", "-c", "test -t 2 && stty size <&2 2>/dev/null")
                    .redirectError(Redirect.INHERIT)
                    .start();
            String size = new String(shell.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
            if (shell.waitFor() != 0) {
                return NO_TERMINAL;
            }
            boolean isSize = size.matches("[0-9]{1,5} [0-9]{1,5}");
            int columns = isSize ? Integer.parseInt(size.substring(size.indexOf(' ') + 1)) : 0;
            return columns > 0 ? columns : DEFAULT_COLUMNS;
        } catch (IOException e) {
            return NO_TERMINAL;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return NO_TERMINAL;
        }
    }
}
