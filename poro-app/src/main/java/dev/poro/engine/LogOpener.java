package dev.poro.engine;

import dev.poro.events.FailStop;
import dev.poro.wal.LogSettings;
import dev.poro.wal.LogVisitor;
import dev.poro.wal.ReplayProgress;
import dev.poro.wal.WriteAheadLog;
import java.io.IOException;

/** Opens the log of a store, on a disk or simulated: {@link WriteAheadLog#open}. */
@FunctionalInterface
interface LogOpener {
    WriteAheadLog open(LogSettings settings, LogVisitor replay, ReplayProgress progress, FailStop failStop)
            throws IOException;
}
