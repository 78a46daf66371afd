package dev.poro.wal;

import dev.poro.events.RawMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** The snapshot files of a directory. */
final class SnapshotFiles {
    private SnapshotFiles() {}

    /** Their names, oldest first. */
    static List<String> names(Storage storage) throws IOException {
        return names(storage.list());
    }

    /** Those of some files that are snapshots, oldest first. */
    static List<String> names(List<String> files) {
        List<String> names = new ArrayList<>(files);
        names.removeIf(name -> !SnapshotDescriptor.isSnapshotName(name));
        names.sort(null);
        return names;
    }

    /** Whether a snapshot can be read to its end. */
    static boolean isWhole(Storage storage, String name) throws IOException {
        try (StorageFile file = storage.openReadOnly(name)) {
            return isWhole(file, SnapshotHeader.read(file, name));
        } catch (LogDamagedException damaged) {
            return false;
        }
    }

    private static boolean isWhole(StorageFile file, SnapshotHeader header) throws IOException {
        SnapshotBlockReader blocks = new SnapshotBlockReader(file, header);
        ByteBuffer block = RawMemory.allocateBuffer(blocks.maxBodyLength());
        try {
            while (blocks.read(block) != SnapshotBlockReader.END) {
                // Looks at every byte.
            }
            return true;
        } finally {
            RawMemory.release(block);
            blocks.release();
        }
    }
}
