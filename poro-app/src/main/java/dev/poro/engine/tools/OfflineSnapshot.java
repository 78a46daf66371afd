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
     * Opens the store with the memory budget that it has, takes a snapshot and closes it. Releases nothing.
     *
     * @param directory of the log
     * @throws StoreLockedException if the store is open
     * @throws StoreDamagedException if the log is damaged; nothing was changed
     * @throws PoroException if there is no log, or the disk fails or is full
     */
    public static SnapshotReport run(Path directory, Progress progress) {
        return run(directory, progress, opened -> {});
    }

    /**
     * As {@link #run(Path, Progress)} does.
     *
     * @param opened told what opening the log found and did before the snapshot is taken
     */
    public static SnapshotReport run(Path directory, Progress progress, Consumer<OpeningReport> opened) {
        Objects.requireNonNull(directory, "directory");
        Objects.requireNonNull(progress, "progress");
        Objects.requireNonNull(opened, "opened");
        requireLog(directory);
        // How much history to keep is a matter of whoever runs the store.
        PoroBuilder settings = Poro.at(directory).keepAllFiles().progress(progress);
        // One that is due would only make this one wait.
        try (Poro store = settings.snapshotAfter(Long.MAX_VALUE).open()) {
            opened.accept(store.opening());
            store.snapshot();
            return store.log().newestSnapshot();
        }
    }

    /** Opening would make one. */
    private static void requireLog(Path directory) {
        if (Files.exists(directory) && !Files.isDirectory(directory)) {
            throw new PoroException(directory + " is no directory. Name that of the log.", null);
        }
        try (LogInspector log = LogInspector.open(directory)) {
            log.segmentLength();
        } catch (IOException | LogException e) {
            throw PoroException.stopped(directory, "taking a snapshot", 0, e, LogEvents.REMEDY);
        }
    }
}
