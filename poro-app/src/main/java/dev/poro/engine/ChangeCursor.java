package dev.poro.engine;

import dev.poro.engine.internal.CopiedChange;
import dev.poro.wal.ChangeReader;
import dev.poro.wal.ChangesReleasedException;
import dev.poro.wal.LogException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;

/**
 * Goes through the visible changes of a store in order, from a place on, each once. An interrupt does not disturb it.
 * Not thread-safe.
 */
final class ChangeCursor implements AutoCloseable {
    private final ChangeSource source;
    private ChangeReader reader;
    /** The sequence that the reader begins with. */
    private long from;
    /** The change after which to go on; {@link ChangePosition#END_OF_EVENT} after all of its event. */
    private long sequence;

    private int index;
    /** Whether a change was read from the reader. */
    private boolean hasRead;

    /**
     * A cursor right after a place.
     *
     * @throws PositionLostException if changes after it are no longer kept
     */
    ChangeCursor(ChangeSource source, long sequence, int index) {
        this.source = source;
        this.sequence = sequence;
        this.index = index;
        uninterrupted(() -> {
            open();
            return true;
        });
    }

    private void open() throws IOException {
        boolean isAfterEvent = index == ChangePosition.END_OF_EVENT;
        from = isAfterEvent ? sequence + 1 : sequence;
        hasRead = false;
        reader = source.log().newReader(source::visible, from, isAfterEvent ? 0 : index + 1);
    }

    /**
     * Moves to the next change.
     *
     * @return {@code false} if none is visible at the moment
     * @throws PositionLostException if it is no longer kept
     * @throws PoroException if it cannot be read
     */
    boolean next() {
        return uninterrupted(this::read);
    }

    /** Reads again if an interrupt has closed the file meanwhile. */
    private boolean uninterrupted(Reading reading) {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    return reading.run();
                } catch (ChangesReleasedException e) {
                    throw source.released(sequence, index, e);
                } catch (LogException e) {
                    throw source.unreadable(sequence, e);
                } catch (IOException e) {
                    if (!Thread.interrupted() || !isOfInterrupt(e)) {
                        throw source.unreadable(sequence, e);
                    }
                    interrupted = true;
                    close();
                }
            }
        } finally {
            Backoff.restoreInterrupt(interrupted);
        }
    }

    private boolean read() throws IOException {
        if (reader == null) {
            open();
        }
        if (!reader.next()) {
            return false;
        }
        if (!hasRead && source.base() >= from) {
            // What comes first may have been released since the reader was made, before it opened its first file.
            throw source.released(sequence, index, null);
        }
        hasRead = true;
        sequence = reader.sequence();
        index = reader.index();
        return true;
    }

    private static boolean isOfInterrupt(IOException e) {
        return e instanceof ClosedChannelException || e.getCause() instanceof ClosedChannelException;
    }

    /** Of the change, or of the place where the cursor began. */
    long sequence() {
        return sequence;
    }

    /** Of the change, or of the place where the cursor began. */
    int index() {
        return index;
    }

    /** What the change is read from, and where its key is. */
    ChangeReader reader() {
        return reader;
    }

    /** A copy of the change. */
    Change change() {
        return CopiedChange.of(reader);
    }

    @Override
    public void close() {
        if (reader == null) {
            return;
        }
        try {
            reader.close();
        } catch (IOException e) {
            throw source.unreadable(sequence, e);
        } finally {
            reader = null;
        }
    }

    private interface Reading {
        boolean run() throws IOException;
    }
}
