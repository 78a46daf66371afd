package dev.poro.engine.tools;

import dev.poro.engine.FileSource;
import dev.poro.engine.PoroException;
import dev.poro.engine.Progress;
import dev.poro.engine.StoreDamagedException;
import dev.poro.engine.internal.LogProgress;
import dev.poro.engine.internal.Replay;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.BackupReport;
import dev.poro.wal.LogBackup;
import dev.poro.wal.LogException;
import dev.poro.wal.NewDirectory;
import dev.poro.wal.UnfinishedDirectory;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.WorkerFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;

/**
 * Copies the log of a replica that is in use elsewhere, so that another replica of the same cluster starts from it. As
 * {@link Backup} does, but the copy is no branch: what both get from now on is the same.
 */
public final class ReplicaCopy {
    private static final String REMEDY = "The other node is unchanged. Fix the cause, or free space, and try again:"
            + " what was copied and is intact is kept.";

    private ReplicaCopy() {}

    /** What is to be copied as well, and first. */
    @FunctionalInterface
    public interface Companion {
        /** Copies it. */
        void copy() throws IOException;
    }

    /**
     * Copies the log, reads the copy back and replays it. The replay must reach the digest marks of the log, and the
     * digest at its end. Needs as much memory as the store. A copy that ends early leaves {@code DIRECTORY.unfinished},
     * which no store opens; another copy continues it.
     *
     * @param source the files of the log
     * @param sequence the last event of the copy
     * @param digest of the contents after that event
     * @param target a directory that does not exist, or is empty
     * @param companion runs first, when no other copy to this directory is being made
     * @throws StoreDamagedException if the log is damaged there; there is no copy then
     * @throws PoroException if the source ends, the target cannot be used, or a disk fails or is full
     */
    public static BackupReport run(
            FileSource source, long sequence, long digest, Path target, Companion companion, Progress progress) {
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(target, "target");
        Objects.requireNonNull(companion, "companion");
        Objects.requireNonNull(progress, "progress");
        try (UnfinishedDirectory place = UnfinishedDirectory.ofCopy(target);
                StateMachine contents = new StateMachine(0)) {
            NewDirectory checked = new NewDirectory() {
                @Override
                public Storage storage() {
                    return place.storage();
                }

                @Override
                public void publish() throws IOException {
                    requireDigest(contents.digest(), digest, sequence);
                    place.publish();
                }
            };
            companion.copy();
            return LogBackup.ofReplica(
                            new SourceStorage(source),
                            sequence,
                            checked,
                            WorkerFactory.THREADS,
                            new LogProgress(progress))
                    .run(new Replay(contents));
        } catch (IOException | LogException | OutOfMemoryError e) {
            throw PoroException.stopped(target, "copying", 0, e, REMEDY);
        }
    }

    private static void requireDigest(long copied, long expected, long sequence) throws IOException {
        if (copied != expected) {
            throw new IOException(String.format(
                    Locale.ROOT,
                    "the copy has other contents than the node: at sequence %d, their digest is %016x instead of %016x",
                    sequence,
                    copied,
                    expected));
        }
    }
}
