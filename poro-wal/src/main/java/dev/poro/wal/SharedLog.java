package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The files of a log that is open in this process, as they are at one moment, for a copy that is made elsewhere: with
 * these, {@link LogBackup#ofReplica} does there what a backup does here. While this is open, the log deletes none of
 * its files. Any number of threads may read.
 */
public final class SharedLog implements Closeable {
    private final LogView view;
    private final Closeable pin;
    private final Map<String, Long> lengths = new LinkedHashMap<>();

    private SharedLog(LogView view, Closeable pin) throws IOException {
        this.view = view;
        this.pin = pin;
        List<String> names = new ArrayList<>(LogFiles.snapshots(view));
        names.addAll(LogFiles.segments(view));
        if (view.list().contains(StoreFile.NAME)) {
            names.add(StoreFile.NAME);
        }
        for (String name : names) {
            try (StorageFile file = view.openReadOnly(name)) {
                lengths.put(name, file.length());
            }
        }
    }

    /** @param pin is closed with this, or if this throws */
    static SharedLog of(Storage storage, Closeable pin, Runnable afterSnapshots) throws IOException {
        LogView view = null;
        try {
            view = LogView.ofPinned(CanonicalNames.of(storage), afterSnapshots::run);
            return new SharedLog(view, pin);
        } catch (IOException | RuntimeException | Error e) {
            if (view != null) {
                view.close();
            }
            pin.close();
            throw e;
        }
    }

    /** The lengths of all files, by name: snapshots, segments, and the store file. */
    public Map<String, Long> lengths() {
        return new LinkedHashMap<>(lengths);
    }

    /**
     * Reads a piece of a file.
     *
     * @param length of the piece in bytes; it is shorter where the file ends
     * @throws IOException if there is no such file, or it cannot be read
     */
    public byte[] read(String name, long offset, int length) throws IOException {
        if (!lengths.containsKey(name)) {
            throw new LogException(view.describe(name) + " is no file of the log");
        }
        ByteBuffer piece = ByteBuffer.allocate(length);
        try (StorageFile file = view.openReadOnly(name)) {
            int read = file.read(piece, offset);
            return read == length ? piece.array() : Arrays.copyOf(piece.array(), Math.max(0, read));
        }
    }

    /** The log may delete its files again. Idempotent. */
    @Override
    public void close() throws IOException {
        try {
            view.close();
        } finally {
            pin.close();
        }
    }
}
