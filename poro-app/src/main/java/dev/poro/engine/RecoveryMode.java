package dev.poro.engine;

/** What opening may do to a log that does not end with a clean close. */
public enum RecoveryMode {
    /** Cuts off a tail that nothing proves was fsynced, and keeps a copy. Refuses damage. */
    TAIL(dev.poro.wal.RecoveryMode.TAIL),
    /** Refuses any log that is not intact to its end. */
    STRICT(dev.poro.wal.RecoveryMode.STRICT);

    private final dev.poro.wal.RecoveryMode ofLog;

    RecoveryMode(dev.poro.wal.RecoveryMode ofLog) {
        this.ofLog = ofLog;
    }

    dev.poro.wal.RecoveryMode ofLog() {
        return ofLog;
    }
}
