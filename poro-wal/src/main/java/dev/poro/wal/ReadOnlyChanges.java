package dev.poro.wal;

import dev.poro.events.EventType;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordFlyweight;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The change log of a log that is not open here, as it was at one moment. Takes no lock and writes nothing; another
 * store may have the log open and write to it.
 *
 * <p>A change log is derived from its log and may end before it: a store that is writing has not come so far, or was
 * killed. So it is read only if it is known to be {@linkplain #open complete} for what is asked. Known is:
 *
 * <ul>
 *   <li>its frames follow each other without a gap, so up to its last change nothing is missing;
 *   <li>what STORE or the newest snapshot states as the last change up to a sequence is there, so up to that sequence
 *       nothing is missing either;
 *   <li>of the events after that, the log shows which keys they name. Those that do not name the key cannot have
 *       changed it.
 * </ul>
 *
 * <p>Any thread.
 */
public final class ReadOnlyChanges {
    /** How often the end is looked for, with a pause in between: a store that is writing may be about to reach it. */
    private static final int ATTEMPTS = 5;

    private final Storage storage;
    private final RecoveryReport log;
    private final long earliestInLog;
    private final long base;
    private final End end;
    private final ChangeSearch search;

    private ReadOnlyChanges(Storage storage, RecoveryReport log, long earliestInLog, long base, End end) {
        this.storage = storage;
        this.log = log;
        this.earliestInLog = earliestInLog;
        this.base = base;
        this.end = end;
        this.search = new ChangeSearch(storage, () -> end.place);
    }

    /**
     * Opens the change log of a log.
     *
     * @param key whose changes are wanted; {@code null} for those of all keys
     * @return {@code null} if there is none, or it is not known to have all changes of the key up to the log's end
     * @throws LogDamagedException if the change log is damaged, or there is no log but files that show that there was
     * @throws LogException if there is no log, or its store deletes files of the change log at the moment
     * @throws IOException if a file cannot be read
     */
    public static ReadOnlyChanges open(Path directory, byte[] key) throws IOException {
        return open(UnfinishedDirectory.logIn(directory), key);
    }

    static ReadOnlyChanges open(Storage storage, byte[] key) throws IOException {
        End first = End.find(storage);
        if (first == null) {
            return null;
        }
        try (LogView view = LogView.of(storage)) {
            StoreFile.Look store = StoreFile.look(view);
            Segments segments = Segments.read(view);
            Proof snapshot = Proof.ofNewestSnapshot(view, segments.logId());
            TailOfLog tail = new TailOfLog(key);
            RecoveryReport log = readTail(view, store, segments, snapshot, tail, first.lastSequence);
            if (log.verdict() == RecoveryReport.Verdict.DAMAGED || log.lastSequence() == 0) {
                return null; // a replay says what is wrong
            }
            End end = first;
            for (int attempt = 1; end != null && !isComplete(end, log, store, snapshot, tail); attempt++) {
                if (attempt == ATTEMPTS && end.defect != null) {
                    throw end.defect;
                }
                if (attempt == ATTEMPTS) {
                    return null;
                }
                storage.pause();
                end = End.find(storage);
            }
            if (end == null || !end.isOf(segments.logId())) {
                return null;
            }
            return new ReadOnlyChanges(storage, log, earliestIn(view, segments), baseOf(storage), end);
        }
    }

    /** From the event of the last change on, which is read again: it may be a batch. */
    private static RecoveryReport readTail(
            LogView view, StoreFile.Look store, Segments segments, Proof snapshot, TailOfLog tail, long lastChange)
            throws IOException {
        Segments last = segments.between(Math.max(0, segments.containing(lastChange)), segments.size());
        ReadPlan plan = new ReadPlan(last, 0, null, List.of(), List.of(), snapshot.sequence(), store);
        return new LogCheck(view, plan, tail, ReplayProgress.NONE).examine(RecoveryMode.TAIL);
    }

    private static boolean isComplete(
            End end, RecoveryReport log, StoreFile.Look store, Proof snapshot, TailOfLog tail) {
        if (end.lastSequence > log.lastSequence()) {
            return true;
        }
        long proven = end.lastSequence - 1; // of its last event, a change may be missing
        if (snapshot.lastChange() == end.lastSequence) {
            proven = Math.max(proven, snapshot.sequence());
        }
        if (store.changesEnd() == end.place) {
            proven = Math.max(proven, store.forcedSequence());
        }
        boolean isRead = log.firstSequence() <= proven + 1;
        boolean isWithoutRest = tail.lastNamed == end.lastSequence && !tail.changesMany;
        return isRead && (tail.lastNamed <= proven || isWithoutRest);
    }

    /** The sequence of the state with which a replay of the log can begin; 0 for that of an empty store. */
    private static long earliestIn(LogView view, Segments segments) throws IOException {
        if (SegmentDescriptor.numberOf(segments.get(0).name()) == 1) {
            return 0;
        }
        for (String name : LogFiles.snapshots(view)) {
            long sequence = SnapshotDescriptor.sequenceOf(name);
            if (segments.containing(sequence + 1) >= 0) {
                return sequence;
            }
        }
        return Long.MAX_VALUE;
    }

    private static long baseOf(Storage storage) throws IOException {
        for (Segments.Segment file :
                Segments.readPresent(storage, LogFiles.changeFiles(storage)).list()) {
            if (file.firstSequence() > 0) {
                try (FrameReader frames = new FrameReader(storage.openReadOnly(file.name()), file.header())) {
                    if (frames.next()) {
                        return frames.durableSequence();
                    }
                }
            }
        }
        throw new ChangesReleasedException(storage.describe("") + ": the change log was deleted meanwhile");
    }

    /** All changes of events after this sequence are kept. */
    public long base() {
        return base;
    }

    /** The last event of the log. */
    public long lastSequence() {
        return log.lastSequence();
    }

    /** What reading the end of the log found: it is sound, or ends in a tail that opening would cut off. */
    public RecoveryReport log() {
        return log;
    }

    /** Whether a replay of the log could tell more of what was before the first change that is kept. */
    public boolean isShorterThanLog() {
        return earliestInLog < base;
    }

    /** Finds changes, newest first. It may find some of events after {@link #lastSequence}, which do not count. */
    public ChangeSearch search() {
        return search;
    }

    /**
     * A reader of the changes up to the end of the log, from a position on. For one thread.
     *
     * @param sequence and {@code index}: of the first change that is wanted
     * @throws ChangesReleasedException if changes at or after the position are not kept
     */
    public ChangeReader newReader(long sequence, int index) {
        if (sequence <= base) {
            throw new ChangesReleasedException("changes up to sequence " + base + " are not kept");
        }
        return new ChangeReader(storage, () -> end.place, log::lastSequence, sequence, index, search, null);
    }

    /** The last change; only those of events up to {@link #lastSequence} count. */
    public KeptChange last() throws IOException {
        return search.lastUpTo(log.lastSequence());
    }

    /**
     * Where the frames of the change log end.
     *
     * @param place the number of the file, and the offset in its lower half
     * @param defect what is wrong after it: damage, or a tail that a crash has torn; {@code null} if nothing is
     */
    private record End(SegmentHeader header, long place, long lastSequence, LogDamagedException defect) {
        /** Returns {@code null} if there is no frame. */
        static End find(Storage storage) throws IOException {
            Segments files = Segments.readPresent(storage, LogFiles.changeFiles(storage));
            for (int file = files.size() - 1; file >= 0; file--) {
                if (files.get(file).defect() != null) {
                    throw files.get(file).defect();
                }
                if (files.get(file).firstSequence() > 0) {
                    End end = in(storage, files.get(file));
                    if (end != null) {
                        return end;
                    }
                }
            }
            return null;
        }

        private static End in(Storage storage, Segments.Segment file) throws IOException {
            try (FrameReader frames = new FrameReader(storage.openReadOnly(file.name()), file.header())) {
                long place = 0;
                long last = 0;
                while (frames.next()) {
                    place = file.header().number << Integer.SIZE | frames.offset() + frames.length();
                    last = ChangeLog.lastSequenceOf(frames);
                }
                LogDamagedException defect = frames.defect() == null
                        ? null
                        : new LogDamagedException(
                                storage.describe(file.name()), frames.offset(), last, frames.defect());
                return place == 0 ? null : new End(file.header(), place, last, defect);
            }
        }

        boolean isOf(Long logId) {
            return logId != null && header.logId == logId;
        }
    }

    /**
     * The last change up to the sequence of a snapshot: up to there, the change log was forced before the snapshot got
     * its name.
     *
     * @param lastChange its sequence; -1 if there is no snapshot
     */
    private record Proof(long sequence, long lastChange) {
        static Proof ofNewestSnapshot(Storage storage, Long logId) throws IOException {
            List<String> names = LogFiles.snapshots(storage);
            if (names.isEmpty()) {
                return new Proof(0, -1);
            }
            String newest = names.get(names.size() - 1);
            try (StorageFile file = storage.openReadOnly(newest)) {
                SnapshotHeader header = SnapshotHeader.read(file, newest);
                boolean isOwn = logId != null && header.logId() == logId;
                return new Proof(header.summary().sequence(), isOwn ? header.lastChange() : -1);
            } catch (LogDamagedException damaged) {
                return new Proof(SnapshotDescriptor.sequenceOf(newest), -1);
            }
        }
    }

    /** The last of some events that may have changed a key, or any key. */
    private static final class TailOfLog implements LogVisitor {
        private final byte[] key;
        private final RecordFlyweight part = new RecordFlyweight();
        private long lastNamed;
        private boolean changesMany;

        TailOfLog(byte[] key) {
            this.key = key;
        }

        @Override
        public void onRecord(long sequence, long timestamp, RecordFlyweight record) {
            if (mayChange(record)) {
                lastNamed = sequence;
                changesMany = record.type() == EventType.BATCH || record.type() == EventType.EXPIRE_DUE;
            }
        }

        private boolean mayChange(RecordFlyweight record) {
            EventType type = record.type();
            if (type == EventType.MEMORY_BUDGET || type.isMark() || type == EventType.REQUIRE) {
                return false;
            }
            if (type != EventType.BATCH) {
                return key == null || !type.hasKey() || hasKey(record);
            }
            long address = record.valueAddress();
            for (long rest = address + record.valueLength(); address < rest; address += part.length()) {
                if (mayChange(part.wrap(address))) {
                    return true;
                }
            }
            return false;
        }

        private boolean hasKey(RecordFlyweight record) {
            return record.keyLength() == key.length && RawMemory.equal(record.keyAddress(), key, 0, key.length);
        }
    }
}
