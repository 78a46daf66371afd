package dev.poro.engine;

import dev.poro.events.FailStop;
import dev.poro.events.Limits;
import dev.poro.statemachine.StateMachine;
import dev.poro.statemachine.StateMachineHandler;
import dev.poro.wal.WriteAheadLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.BiConsumer;

/**
 * {@link Poro#forEachAt}: hands out the contents at one sequence, to several threads at a time. A reader that needs
 * entries publishes a cancelled event, at which the single writer puts some into the reader's {@link EntryBuffer}.
 * Between these events the writer only puts a copy of each entry there that it is about to change and the reader does
 * not have yet.
 *
 * <p>Thread-safe.
 */
final class EntryWalks implements EntryWalk.Source {
    /** How many threads may be at it at a time. */
    static final int MOST = StateMachine.MAX_SNAPSHOTS - 1;

    private final Path path;
    private final WriteAheadLog log;
    private final StateMachineHandler handler;
    private final Publisher publisher;
    private final HandlerRunner runner;
    private final FailStop failStop;
    private final StoreErrors errors;
    private final long spillLimit;
    private final int longestEntry;

    /** The buffers of the walks in progress; guarded by this. */
    private final EntryBuffer[] buffers = new EntryBuffer[MOST];

    /** Whether a thread has the place; guarded by this. */
    private final boolean[] taken = new boolean[MOST];

    EntryWalks(
            PoroBuilder settings,
            WriteAheadLog log,
            StateMachineHandler handler,
            Publisher publisher,
            HandlerRunner runner,
            FailStop failStop,
            StoreErrors errors) {
        this.path = settings.path();
        this.log = log;
        this.handler = handler;
        this.publisher = publisher;
        this.runner = runner;
        this.failStop = failStop;
        this.errors = errors;
        this.spillLimit = settings.spillLimit();
        this.longestEntry = settings.maxValueLength() + Limits.MAX_KEY_LENGTH;
    }

    /** See {@link Poro#forEachAt}. */
    long forEach(BiConsumer<? super byte[], ? super Entry> visitor) {
        int place = takePlace();
        try {
            long sequence = 0;
            while (sequence == 0) {
                sequence = tryForEach(place, visitor);
            }
            return sequence;
        } finally {
            giveBack(place);
        }
    }

    /** Returns 0 if the store was cleared before the first entry was visited. */
    private long tryForEach(int place, BiConsumer<? super byte[], ? super Entry> visitor) {
        EntryBuffer buffer = newBuffer(place + 1);
        try (EntryWalk walk = new EntryWalk(this, buffer)) {
            synchronized (this) {
                buffers[place] = buffer;
            }
            handler.addReader(buffer);
            return walk.run(visitor);
        } finally {
            if (!buffer.hasEnded()) {
                haveWriterForget();
            }
        }
    }

    /** At the next cancelled event the writer lets go of a buffer that is closed. */
    private void haveWriterForget() {
        try {
            publisher.publishCancelled();
            runner.published();
        } catch (RuntimeException | StackOverflowError e) {
            // Why the walk has ended is more important; and a store that is closed or has stopped keeps nothing.
        }
    }

    private EntryBuffer newBuffer(int number) {
        if (SpillFile.placesIn(spillLimit) == 0) {
            return new EntryBuffer(longestEntry, null, null);
        }
        try {
            return new EntryBuffer(longestEntry, new SpillFile(log.newNamelessFile(number), spillLimit), null);
        } catch (IOException e) {
            return new EntryBuffer(longestEntry, null, e); // the reader may be fast enough
        }
    }

    private synchronized int takePlace() {
        for (int place = 0; place < MOST; place++) {
            if (!taken[place]) {
                taken[place] = true;
                return place;
            }
        }
        throw failed(
                MOST + " threads are at it already, which is the limit. Try again when one has come to its end", null);
    }

    private synchronized void giveBack(int place) {
        taken[place] = false;
        buffers[place] = null;
    }

    @Override
    public void advance() {
        try {
            if (failStop.isTripped()) {
                throw errors.stopped();
            }
            runner.awaitApplied(publisher.publishCancelled());
        } catch (InternalError fault) {
            throw errors.stoppedBy(fault);
        }
    }

    @Override
    public IterationFailedException failed(String why, Throwable cause) {
        return new IterationFailedException(path + ": forEachAt: " + why + ".", cause);
    }

    /** Bytes of memory that the walks in progress use. */
    synchronized long memoryLength() {
        long length = 0;
        for (EntryBuffer buffer : buffers) {
            length += buffer == null ? 0 : buffer.memoryLength();
        }
        return length;
    }

    /** Bytes of their files. */
    synchronized long fileLength() {
        long length = 0;
        for (EntryBuffer buffer : buffers) {
            length += buffer == null ? 0 : buffer.fileLength();
        }
        return length;
    }
}
