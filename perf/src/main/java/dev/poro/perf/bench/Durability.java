package dev.poro.perf.bench;

import java.util.Locale;

/** What a write that has returned survives. */
public enum Durability {
    /** A killed process: the write is with the operating system. */
    OS,
    /** A power cut: the write is on the device. */
    ALWAYS;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
