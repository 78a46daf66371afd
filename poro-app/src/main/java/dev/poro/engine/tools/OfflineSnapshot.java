package dev.poro.engine.tools;

import dev.poro.engine.OpeningReport;
import dev.poro.engine.Poro;
import dev.poro.engine.PoroBuilder;
import dev.poro.engine.PoroException;
import dev.poro.engine.Progress;
import dev.poro.engine.SnapshotReport;
import dev.poro.engine.StoreDamagedException;
import dev.poro.engine.StoreLockedException;
import dev.poro.wal.LogException;
import dev.poro.wal.LogInspector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Consumer;

/** Takes a snapshot of a store that is not open. */
public final class OfflineSnapshot {
    private OfflineSnapshot() {}

    /**
     * Opens the store with its own memory budget, takes a snapshot and closes it. Deletes no segment or snapshot.
     *
     * @param directory the directory of the log
     * @throws StoreLockedException if the store is open
     * @throws StoreDamagedException if the log is damaged; no file was changed
     * @throws PoroException if there is no log, or the disk fails or is full
     */
    public static SnapshotReport run(Path directory, Progress progress) {
        return run(directory, progress, opened -> {});
    }

    /**
     * As {@link #run(Path, Progress)} does.
     *
     * @param opened called before the snapshot is taken, with what opening the log found and did
     */
    public static SnapshotReport run(Path directory, Progress progress, Consumer<OpeningReport> opened) {
        Objects.requireNonNull(directory, "directory");
        Objects.requireNonNull(progress, "progress");
        Objects.requireNonNull(opened, "opened");
        requireLog(directory);
        // The store's own settings decide how much history is kept.
        PoroBuilder settings = Poro.at(directory).keepAllFiles().progress(progress);
        // An automatic snapshot would only delay this one.
        try (Poro store = settings.snapshotAfter(Long.MAX_VALUE).open()) {
            opened.accept(store.opening());
            store.snapshot();
            return store.log().newestSnapshot();
        }
    }

    /** Throws if there is no log, because opening would create one. */
    private static void requireLog(Path directory) {
        if (Files.exists(directory) && !Files.isDirectory(directory)) {
            throw new PoroException(directory + " is no directory. Name the directory of the log.", null);
        }
        try (LogInspector log = LogInspector.open(directory)) {
            log.segmentLength();
        } catch (IOException | LogException e) {
            throw PoroException.stopped(directory, "taking a snapshot", 0, e, LogEvents.REMEDY);
        }
    }
}
