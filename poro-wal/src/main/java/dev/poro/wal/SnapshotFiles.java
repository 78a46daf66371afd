package dev.poro.wal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The snapshot files of a directory. */
final class SnapshotFiles {
    /** The second takes the place of the newest if that is ever damaged. */
    private static final int KEPT = 2;

    private SnapshotFiles() {}

    /** Their names, oldest first. */
    static List<String> names(Storage storage) throws IOException {
        List<String> names = new ArrayList<>(storage.list());
        names.removeIf(name -> !SnapshotDescriptor.isSnapshotName(name));
        names.sort(null);
        return names;
    }

    /** Deletes all but the newest two. */
    static void deleteOld(Storage storage) throws IOException {
        List<String> names = names(storage);
        for (String name : names.subList(0, Math.max(0, names.size() - KEPT))) {
            storage.delete(name);
        }
    }
}
