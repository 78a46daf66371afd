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

    /** A bar for an operation that writes to standard output: not shown where that is the terminal itself. */
    static ProgressBar besideOutput(PrintStream err) {
        return new ProgressBar(
                err, System::nanoTime, () -> isOutputTerminal() ? NO_TERMINAL : columnsOfStandardError());
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
        if (isDue()) {
            String event = String.format(Locale.ROOT, ", event %,d", lastSequence);
            boolean isAll = bytesTotal <= 0;
            draw(nameOf(step), isAll ? 1 : bytesRead, isAll ? 1 : bytesTotal, mebibytes(bytesRead, bytesTotal) + event);
        }
    }

    /**
     * Shows how many entries an operation has written.
     *
     * @param name of the operation, as in {@code Exporting}
     */
    void onEntries(String name, long entries, long total) {
        if (isDue()) {
            draw(name, entries, Math.max(1, total), String.format(Locale.ROOT, "%,d of %,d entries", entries, total));
        }
    }

    /**
     * Shows how much of a file was read, and how many entries.
     *
     * @param name of the operation, as in {@code Importing}
     * @param length of the file in bytes; 0 if that is not known
     */
    void onFile(String name, long bytesRead, long length, long entries) {
        if (isDue()) {
            String read = length > 0
                    ? mebibytes(bytesRead, length)
                    : String.format(Locale.ROOT, "%,.0f MiB", bytesRead / MIB);
            draw(name, bytesRead, length, read + String.format(Locale.ROOT, ", %,d entries", entries));
        }
    }

    private static String mebibytes(long bytes, long total) {
        return String.format(Locale.ROOT, "%,.0f of %,.0f MiB", bytes / MIB, total / MIB);
    }

    /** Whether there is somebody to show something to, and it is time. */
    private boolean isDue() {
        long nowNs = nanoTime.getAsLong();
        if (nowNs - nextDrawNs < 0) {
            return false;
        }
        nextDrawNs = nowNs + REDRAW_NS;
        if (!decided) {
            decided = true;
            columns = columnsOfTerminal.getAsInt();
        }
        return columns > 0;
    }

    /** Clears the line. */
    void wipe() {
        if (width > 0) {
            err.print("\r" + " ".repeat(width) + "\r");
            err.flush();
            width = 0;
        }
    }

    /** @param total 0 if it is not known */
    private void draw(String name, long done, long total, String detail) {
        String line = name + " " + (total > 0 ? bar(Math.min(1, (double) done / total)) : "") + detail;
        // A line that fills the last column would wrap to the next row, and stay there.
        String shown = line.substring(0, Math.min(line.length(), columns - 1));
        err.print("\r" + shown + " ".repeat(Math.max(0, width - shown.length())));
        err.flush();
        width = Math.max(width, shown.length());
    }

    /** As in {@code " 50 % [#######-------] "}. */
    private static String bar(double part) {
        int filled = (int) (part * BAR_WIDTH);
        return String.format(
                Locale.ROOT, "%3d %% [%s%s] ", (int) (part * 100), "#".repeat(filled), "-".repeat(BAR_WIDTH - filled));
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

    private static boolean isOutputTerminal() {
        try {
            return new ProcessBuilder("sh", "-c", "test -t 1")
                            .redirectOutput(Redirect.INHERIT)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
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
