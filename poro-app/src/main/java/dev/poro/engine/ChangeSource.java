package dev.poro.engine;

import dev.poro.events.ChangeKind;
import dev.poro.events.FailStop;
import dev.poro.wal.ChangeLog;
import dev.poro.wal.ChangesReleasedException;
import dev.poro.wal.KeptChange;
import dev.poro.wal.LogException;
import dev.poro.wal.RestorePoint;
import dev.poro.wal.WriteAheadLog;
import dev.poro.wal.storage.Uninterrupted;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * The change log of an open store as its readers see it: how far they may read, and why they cannot go on. Thread-safe.
 */
final class ChangeSource {
    /** How often readers have the log forced at most, all of them together. */
    private static final long REQUEST_NANOS = TimeUnit.MILLISECONDS.toNanos(90);

    private final Path path;
    private final WriteAheadLog log;
    private final ChangeLog changes;
    private final LongSupplier clock;
    private final BooleanSupplier isClosing;
    private final FailStop failStop;
    private final StoreErrors errors;
    private final AtomicLong requestedAt = new AtomicLong(System.nanoTime() - REQUEST_NANOS);

    private ChangeSource(
            Path path, WriteAheadLog log, BooleanSupplier isClosing, FailStop failStop, StoreErrors errors) {
        this.path = path;
        this.log = log;
        this.changes = log.changes();
        this.clock = log.clock();
        this.isClosing = isClosing;
        this.failStop = failStop;
        this.errors = errors;
    }

    /** Returns {@code null} if the store keeps no changes. */
    static ChangeSource of(
            Path path, WriteAheadLog log, BooleanSupplier isClosing, FailStop failStop, StoreErrors errors) {
        return log.changes() == null ? null : new ChangeSource(path, log, isClosing, failStop, errors);
    }

    /**
     * What is to be said of a store that keeps none.
     *
     * @param why it does not although it should; {@code null} if it should not
     */
    static IllegalStateException none(Path path, String why) {
        if (why != null) {
            return new IllegalStateException(path + " keeps no changes, because no file for them could be made (" + why
                    + "). Make room and open it again: it keeps them from then on");
        }
        return new IllegalStateException(path
                + " keeps no changes. Open it with PoroBuilder.changes(...), or run the program with --changes HISTORY:"
                + " it keeps them from then on");
    }

    ChangeLog log() {
        return changes;
    }

    /** A place in these changes: after one, or after all of an event. */
    ChangePosition position(long sequence, int index) {
        return new ChangePosition(sequence, index, log.ownerOf(sequence));
    }

    /** Whether a position is of these changes: of this log or, up to the last one that both have, of its original. */
    boolean owns(ChangePosition position) {
        return position.log() == log.ownerOf(position.sequence());
    }

    /** See {@link Changes#branch}. */
    int branch(long sequence) {
        return log.branchNumberOf(sequence);
    }

    /** The log's clock, in milliseconds since 1970. */
    long now() {
        return clock.getAsLong();
    }

    /** See {@link WriteAheadLog#timeOfLastEvent}. */
    long timeOfLastEvent(RestorePoint point, long known, long timeOfKnown) throws IOException {
        return log.timeOfLastEvent(point, known, timeOfKnown);
    }

    /** Changes up to this sequence may be shown: they survive a power cut. */
    long visible() {
        return log.durableSequence();
    }

    /** The sequence of the last event. */
    long latest() {
        return log.lastSequence();
    }

    /** All changes of events after this sequence are kept. */
    long base() {
        return changes.base();
    }

    /** Has what is written made visible, unless it is, or that was asked for a moment ago. Does not wait. */
    void requestVisible() {
        if (visible() >= latest()) {
            return;
        }
        long last = requestedAt.get();
        long now = System.nanoTime();
        if (now - last >= REQUEST_NANOS && requestedAt.compareAndSet(last, now)) {
            log.requestForce();
        }
    }

    /** The last change up to which the machine's clock had shown no later time; {@code null} if none is kept. */
    ChangePosition lastUntil(long millis) {
        KeptChange last = reading(() -> changes.search().lastUntil(millis));
        return last == null ? null : position(last.sequence(), last.index());
    }

    /** Whether any change is kept. */
    boolean hasChanges() {
        return reading(() -> changes.search().lastUpTo(Long.MAX_VALUE)) != null;
    }

    /** The value that a key was given by an event; {@code null} if that is no longer kept. */
    byte[] valueAt(byte[] key, long sequence) {
        AtomicReference<byte[]> value = new AtomicReference<>();
        try {
            reading(() -> {
                changes.search().newestFirst(key, sequence, found -> {
                    if (found.sequence() == sequence && found.kind() == ChangeKind.SET) {
                        value.set(found.value());
                    }
                    return found.sequence() == sequence && value.get() == null;
                });
                return null;
            });
        } catch (PositionLostException e) {
            return null; // released meanwhile
        }
        return value.get();
    }

    private <T> T reading(Reading<T> reading) {
        try {
            return Uninterrupted.call(reading::run);
        } catch (ChangesReleasedException e) {
            throw released(0, 0, e);
        } catch (IOException | LogException e) {
            throw unreadable(0, e);
        }
    }

    private interface Reading<T> {
        T run() throws IOException;
    }

    /** Why the change log ends before the log does, or {@code null}. */
    PoroException behind() {
        LogException why = changes.whyBehind();
        return why == null ? null : new PoroException(path + ": " + why.getMessage(), why);
    }

    void requireOpen() {
        if (isClosing.getAsBoolean()) {
            throw errors.closed();
        }
    }

    /** What was forced may still be read after the store has stopped, but nothing more will come. */
    void requireGoingOn() {
        requireOpen();
        if (failStop.isTripped()) {
            throw errors.stopped();
        }
    }

    PositionLostException released(long sequence, int index, ChangesReleasedException cause) {
        return lost(
                "the changes after " + textOf(sequence, index) + " were asked for, and those up to sequence " + base()
                        + " are no longer kept",
                cause);
    }

    private static String textOf(long sequence, int index) {
        return index == ChangePosition.END_OF_EVENT ? "sequence " + sequence : sequence + "-" + index;
    }

    PositionLostException afterEnd(long sequence) {
        return lost(
                "the position is at sequence " + sequence + ", after the end of the log: it is of another log, or of"
                        + " this one before something was lost",
                null);
    }

    PositionLostException ofOtherLog(ChangePosition position) {
        return lost(
                "the position " + position + " is of another log, or of what happened there after this one has branched"
                        + " off; at that sequence, this one is "
                        + ChangePosition.logText(log.ownerOf(position.sequence())),
                null);
    }

    PositionLostException ofOtherBranch(long sequence) {
        return lost(
                "the position at sequence " + sequence + " is of another log: this one has branched off, or has not,"
                        + " before that",
                null);
    }

    PositionLostException beforeTime(Object time) {
        return lost("changes since " + time + " were asked for, and some of them may no longer be kept", null);
    }

    private PositionLostException lost(String what, ChangesReleasedException cause) {
        long earliest = base() + 1;
        return new PositionLostException(
                path + ": " + what + ". Kept are the changes of the sequences from " + earliest + " to " + latest()
                        + ". Read the contents as a whole, and then go on after them.",
                earliest,
                latest(),
                cause);
    }

    /** @param sequence of the last change that was read, 0 if there is none */
    PoroException unreadable(long sequence, Exception failure) {
        if (failure instanceof IOException || failure instanceof LogException) {
            return PoroException.stopped(
                    path,
                    "reading changes",
                    sequence,
                    failure,
                    "The store goes on. Check the disk, and read again from the last position.");
        }
        throw new AssertionError(failure);
    }
}
