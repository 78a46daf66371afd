package dev.poro.wal;

/** How far recovery may go without being told. */
public enum RecoveryMode {
    /** Cuts an unforced tail, refuses damage. */
    TAIL,
    /** Refuses anything but a log that is whole. */
    STRICT
}
