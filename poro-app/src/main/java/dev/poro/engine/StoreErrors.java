package dev.poro.engine;

import dev.poro.events.FailStop;
import dev.poro.wal.WriteAheadLog;
import java.nio.file.Path;

/** What operations of one store throw once it is closed or has stopped. Thread-safe. */
final class StoreErrors {
    private final Path path;
    private final WriteAheadLog log;
    private final FailStop failStop;

    StoreErrors(Path path, WriteAheadLog log, FailStop failStop) {
        this.path = path;
        this.log = log;
        this.failStop = failStop;
    }

    /** Of a store that is closed: what had stopped it by then is more than that. */
    PoroException closed() {
        return failStop.isTripped() ? stopped() : new StoreClosedException(path + " is closed", null);
    }

    StoreFailedException stopped() {
        return StoreFailedException.of(path, log.lastSequence(), log.explain(failStop.cause()));
    }

    /**
     * A store into a mapped segment that somebody has cut short: the JVM throws this wherever the thread is by then,
     * soon after it ran the handlers.
     */
    StoreFailedException stoppedBy(InternalError fault) {
        failStop.trip(fault);
        return stopped();
    }
}
