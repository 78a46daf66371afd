package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** The files in a log's directory by kind, each kind sorted by name: segments by number, snapshots by age. */
final class LogFiles {
    private LogFiles() {}

    /** The segments of a directory. */
    static List<String> segments(Storage storage) throws IOException {
        return segments(storage.list());
    }

    /** The segments among some files. */
    static List<String> segments(List<String> names) {
        return sorted(names, SegmentDescriptor::isSegmentName);
    }

    /** The change files of a directory, oldest first. */
    static List<String> changeFiles(Storage storage) throws IOException {
        return sorted(storage.list(), SegmentKind.CHANGES::isName);
    }

    /** The snapshots of a directory, oldest first. */
    static List<String> snapshots(Storage storage) throws IOException {
        return snapshots(storage.list());
    }

    /** The snapshots among some files, oldest first. */
    static List<String> snapshots(List<String> names) {
        return sorted(names, SnapshotDescriptor::isSnapshotName);
    }

    /** The temporary files that a crash left before they got their final names. */
    static List<String> temporaries(Storage storage) throws IOException {
        return sorted(storage.list(), SegmentDescriptor::isTemporaryName);
    }

    /** The quarantine files that openings left, and the temporary files that crashes left. */
    static List<String> strays(Storage storage) throws IOException {
        return sorted(
                storage.list(),
                name -> name.endsWith(SegmentDescriptor.QUARANTINE_SUFFIX) || SegmentDescriptor.isTemporaryName(name));
    }

    /** A quarantine name that no file has yet. */
    static String freeQuarantine(Storage storage, String stem) throws IOException {
        List<String> taken = storage.list();
        String name = stem + SegmentDescriptor.QUARANTINE_SUFFIX;
        for (int i = 2; taken.contains(name); i++) {
            name = stem + "." + i + SegmentDescriptor.QUARANTINE_SUFFIX;
        }
        return name;
    }

    private static List<String> sorted(List<String> names, Predicate<String> wanted) {
        List<String> chosen = new ArrayList<>(names);
        chosen.removeIf(wanted.negate());
        chosen.sort(null);
        return chosen;
    }
}
