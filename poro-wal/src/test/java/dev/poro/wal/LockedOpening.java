package dev.poro.wal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/** Opens a log under the lock of its directory, on whatever file system that is. */
@FunctionalInterface
public interface LockedOpening {
    /** Opens it. The log gives the lock back when it is closed. */
    WriteAheadLog open(Closeable lock) throws IOException;

    /**
     * Takes the lock first, and gives it back if opening fails.
     *
     * @throws LogLockedException if the log is open
     */
    default WriteAheadLog under(Path directory) throws IOException {
        LogLock lock = LogLock.acquire(directory);
        try {
            return open(lock);
        } catch (IOException | RuntimeException | Error e) {
            lock.abandon();
            throw e;
        }
    }
}
