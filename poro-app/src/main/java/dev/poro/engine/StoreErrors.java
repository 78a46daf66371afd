package dev.poro.engine;

import dev.poro.events.FailStop;
import dev.poro.wal.WriteAheadLog;
import java.nio.file.Path;

/** The exceptions that operations of a store throw once it is closed or has stopped. Thread-safe. */
final class StoreErrors {
    private final Path path;
    private final WriteAheadLog log;
    private final FailStop failStop;

    StoreErrors(Path path, WriteAheadLog log, FailStop failStop) {
        this.path = path;
        this.log = log;
        this.failStop = failStop;
    }

    /** For a closed store. If it had stopped before, the cause of that takes precedence. */
    PoroException closed() {
        return failStop.isTripped() ? stopped() : new StoreClosedException(path + " is closed", null);
    }

    /** The log takes no events at the moment. */
    LogFullException logFull() {
        return LogFullException.of(path, log.whyFull());
    }

    /** The cluster of a replica has not confirmed a change. */
    NotCommittedException notCommitted(boolean mayStillHappen) {
        return NotCommittedException.of(path, mayStillHappen);
    }

    StoreFailedException stopped() {
        return StoreFailedException.of(path, log.lastSequence(), log.explain(failStop.cause()));
    }

    /**
     * For a write to a mapped segment that was truncated: the JVM throws this error some time after the write, wherever
     * the thread is by then.
     */
    StoreFailedException stoppedBy(InternalError fault) {
        failStop.trip(fault);
        return stopped();
    }
}
