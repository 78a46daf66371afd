package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import java.io.IOException;

/**
 * Gives files names, and takes them, so that both survive a power cut. Thread-safe.
 *
 * <p>A force of the directory that fails may lose what was to be forced, and the next one then reports success without
 * it. So one change is forced at a time: a failure is then about this change and no other. A name whose force has
 * failed is taken back, at the latest when it is given again: who tries again makes it anew, and relies on nothing that
 * may be lost. A file that is deleted cannot be deleted anew: it may come back, and nothing that follows it is deleted
 * any more.
 */
final class DurableNames {
    private final Storage storage;
    /** The name of a file of which nobody knows whether it is gone for good; {@code null} if there is none. */
    private String mayComeBack;
    /** The name whose force has failed, and that could not be taken back yet; {@code null} if there is none. */
    private String toTakeBack;

    DurableNames(Storage storage) {
        this.storage = storage;
    }

    /**
     * Gives a file its name for good, in place of a temporary one.
     *
     * @throws IOException if that failed; whether the file has the name still is not known, and after a power cut it
     *     may have it or not
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

    /** Whether a file has this name, but may lose it in a power cut. */
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
     * Deletes a file for good.
     *
     * @throws IOException if that failed
     * @throws LogException if it failed before, for another file: no file may be gone for good before that one
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
