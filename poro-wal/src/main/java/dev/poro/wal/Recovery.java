package dev.poro.wal;

import dev.poro.wal.storage.FileCopy;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageFile;
import dev.poro.wal.storage.ZeroFill;
import java.io.IOException;

/**
 * Makes a log ready for appending, as a {@link LogCheck} has decided. A crash may interrupt it at any step: the next
 * check decides the same, and the next recovery continues. Not thread-safe; used once.
 */
final class Recovery {
    private final Storage storage;
    private final DurableNames names;
    private final LogCheck check;
    private final Segments segments;

    /** @param check has examined the log */
    Recovery(Storage storage, LogCheck check) {
        this.storage = storage;
        this.names = new DurableNames(storage);
        this.check = check;
        this.segments = check.start().segments();
    }

    /**
     * Cuts off the unforced tail if there is one. Then makes everything that was read durable: an earlier process may
     * have left it in the page cache only.
     *
     * @return the segment to append to; {@code null} if the log has none
     * @throws LogDamagedException if the log is damaged; nothing is changed then
     */
    LogCheck.Tail carryOut() throws IOException {
        if (check.report().verdict() == RecoveryReport.Verdict.DAMAGED) {
            throw check.report().toException();
        }
        CanonicalNames.adopt(storage);
        deleteTemporaries();
        if (check.report().verdict() == RecoveryReport.Verdict.UNFORCED_TAIL) {
            cut();
        }
        quarantineDamagedSnapshots();
        deleteUnused();
        forceUnproven();
        storage.forceDirectory();
        return check.tail();
    }

    /** Files that a crash left before they got their final names. */
    private void deleteTemporaries() throws IOException {
        for (String name : LogFiles.temporaries(storage)) {
            storage.delete(name);
        }
    }

    /**
     * Cuts later segments first, so that a crash in between leaves a log with the same finding and a shorter tail.
     */
    private void cut() throws IOException {
        for (int segment = segments.size() - 1; segment >= check.finding().segment(); segment--) {
            RecoveryReport.TailCut cut = check.cutOf(segment);
            if (cut == null) {
                continue;
            }
            if (cut.quarantine() == null) {
                delete(segment);
            } else if (cut.offset() == 0) {
                rewrite(cut.file(), (int) cut.bytes());
                names.move(cut.file(), cut.quarantine());
            } else {
                quarantineTail(cut);
            }
        }
    }

    /**
     * Renames the segment before deleting it. If a failed force brought it back under its own name, there could be a
     * gap before it; a temporary file that comes back is deleted by the next opening.
     */
    private void delete(int segment) throws IOException {
        String name = segments.get(segment).name();
        names.move(name, name + SegmentDescriptor.TEMPORARY_SUFFIX);
        storage.delete(name + SegmentDescriptor.TEMPORARY_SUFFIX);
    }

    private void quarantineTail(RecoveryReport.TailCut cut) throws IOException {
        int from = (int) cut.offset();
        int to = (int) (cut.offset() + cut.bytes());
        try (StorageFile file = storage.open(cut.file())) {
            copyToQuarantine(file, from, to, cut.quarantine());
            ZeroFill.write(file, from, to);
            file.force();
        }
    }

    private void copyToQuarantine(StorageFile file, int from, int to, String name) throws IOException {
        String temporary = name + SegmentDescriptor.TEMPORARY_SUFFIX;
        try (StorageFile copy = storage.create(temporary)) {
            FileCopy.copy(file, from, to, copy, 0);
            copy.force();
        }
        names.give(temporary, name);
    }

    /**
     * Deletes segments that were prepared and never used: their zeros may have holes, and new ones are cheap. The last
     * one goes first, so that a crash leaves no gap.
     */
    private void deleteUnused() throws IOException {
        for (int segment = segments.size() - 1; segment >= 0; segment--) {
            if (check.isKept(segment) && segments.get(segment).header().start == SegmentHeader.Start.UNUSED) {
                delete(segment);
            }
        }
    }

    /** Renames damaged snapshots, so that only intact ones decide which segments are kept. */
    private void quarantineDamagedSnapshots() throws IOException {
        for (String name : check.start().damagedNames()) {
            storage.rename(name, LogFiles.freeQuarantine(storage, name));
        }
    }

    /** Forces all events that no frame proves to be durable. */
    private void forceUnproven() throws IOException {
        for (int segment = 0; segment < check.reader().reports().size(); segment++) {
            SegmentReport read = check.reader().reports().get(segment);
            if (check.isKept(segment)
                    && read.isStarted()
                    && read.lastSequence() >= check.reader().durableSequence()) {
                rewrite(read.file(), (int) read.usedBytes());
            }
        }
    }

    /**
     * Writes the first bytes of a file again and forces them. After a failed write-back the page cache may hold bytes
     * as clean that the disk does not have.
     */
    private void rewrite(String name, int length) throws IOException {
        try (StorageFile file = storage.open(name)) {
            FileCopy.copy(file, 0, length, file, 0);
            file.force();
        }
    }
}
