package dev.poro.wal;

/** What opening may change in a log that does not end cleanly. */
public enum RecoveryMode {
    /** Cuts off an unforced tail, refuses damage. */
    TAIL,
    /** Opens intact logs only. */
    STRICT
}
