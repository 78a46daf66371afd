package dev.poro.wal;

import dev.poro.events.RecordFlyweight;
import dev.poro.wal.storage.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What a scan finds in a log, to compare. */
final class ScannedLog {
    final ScanReport report;
    final List<Event> events = new ArrayList<>();
    /** How many events each frame has. */
    final List<Integer> frames = new ArrayList<>();

    private ScannedLog(Storage storage, long firstExpected) throws IOException {
        report = new DamageScan(storage, Segments.read(storage), new Collector(), ReplayProgress.NONE)
                .scan(firstExpected, firstExpected == 0 ? StoreFile.Look.NONE : StoreFile.look(storage));
    }

    static ScannedLog of(Storage storage) throws IOException {
        return new ScannedLog(storage, 1);
    }

    /** As of a single file: the log may begin anywhere. */
    static ScannedLog ofPart(Storage storage) throws IOException {
        return new ScannedLog(storage, 0);
    }

    /** As of a log with the snapshot of a sequence. */
    static ScannedLog behind(Storage storage, long snapshot) throws IOException {
        return new ScannedLog(storage, snapshot + 1);
    }

    List<Long> sequences() {
        return events.stream().map(Event::sequence).toList();
    }

    List<LogProblem> problems() {
        return report.problems();
    }

    private final class Collector implements LogVisitor {
        private int inFrame;

        @Override
        public void onRecord(long sequence, long timestamp, RecordFlyweight record) {
            events.add(Event.of(sequence, timestamp, record));
            inFrame++;
        }

        @Override
        public void onFrameEnd() {
            frames.add(inFrame);
            inFrame = 0;
        }
    }
}
