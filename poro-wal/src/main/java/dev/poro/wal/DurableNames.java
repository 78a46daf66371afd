package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import java.io.IOException;

/**
 * Names, renames and deletes files so that the change survives a power cut. Thread-safe.
 *
 * <p>A failed force of the directory may lose the change, and the next force then reports success without it. So one
 * change is forced at a time, and a failure concerns that change alone. The change is undone, so that the next try
 * makes it again: {@link #give} deletes the file, at the latest when the name is given again, and {@link #move} renames
 * it back. A deletion cannot be undone. The file may come back, so no other file is deleted after it.
 */
final class DurableNames {
    private final Storage storage;
    /** The name of a file whose deletion could not be forced; {@code null} if there is none. */
    private String mayComeBack;
    /** The name of a file whose force failed, and that is still to be deleted; {@code null} if there is none. */
    private String toTakeBack;

    DurableNames(Storage storage) {
        this.storage = storage;
    }

    /**
     * Gives a temporary file its final name, durably. If the force fails, the file is deleted: the caller has to be
     * able to write it again.
     *
     * @throws IOException if that failed; the file may or may not be there, and so after a power cut
     */
    synchronized void give(String temporary, String name) throws IOException {
        if (isInDoubt(name)) {
            takeBack(name);
        }
        storage.rename(temporary, name);
        try {
            storage.forceDirectory();
        } catch (IOException | RuntimeException | Error e) {
            takeBack(name, e);
            throw e;
        }
    }

    /**
     * Renames a file, durably. If the force fails, the file gets its old name back. So this, unlike {@link #give}, is
     * for a file of which there is no other copy.
     *
     * @throws IOException if that failed; after a power cut the file may have either name
     */
    synchronized void move(String from, String to) throws IOException {
        storage.rename(from, to);
        try {
            storage.forceDirectory();
        } catch (IOException | RuntimeException | Error e) {
            try {
                storage.rename(to, from);
            } catch (IOException notBack) {
                e.addSuppressed(notBack);
            }
            throw e;
        }
    }

    /** Whether a file has this name, but may lose it at a power cut. */
    synchronized boolean isInDoubt(String name) {
        return name.equals(toTakeBack);
    }

    private void takeBack(String name, Throwable why) {
        toTakeBack = name;
        try {
            takeBack(name);
        } catch (IOException e) {
            why.addSuppressed(e);
        }
    }

    private void takeBack(String name) throws IOException {
        storage.delete(name);
        toTakeBack = null;
    }

    /**
     * Deletes a file, durably.
     *
     * @throws IOException if that failed
     * @throws LogException if it failed for an earlier file: no later file may vanish while that one may come back
     */
    synchronized void delete(String name) throws IOException {
        if (mayComeBack != null) {
            throw new LogException("after " + storage.describe(mayComeBack)
                    + " was deleted, the directory could not be forced; nothing more is deleted until the log is opened"
                    + " again");
        }
        storage.delete(name);
        try {
            storage.forceDirectory();
        } catch (IOException | RuntimeException | Error e) {
            mayComeBack = name;
            throw e;
        }
    }
}
