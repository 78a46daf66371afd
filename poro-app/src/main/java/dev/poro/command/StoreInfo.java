package dev.poro.command;

import dev.poro.engine.ExpiryReport;
import dev.poro.engine.LogReport;
import dev.poro.engine.MemoryReport;
import dev.poro.engine.OpeningReport;
import dev.poro.engine.Poro;
import dev.poro.engine.ReadOnlyStore;
import dev.poro.engine.SnapshotReport;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The state of a store as text, one line for each figure. */
final class StoreInfo {
    private static final DateTimeFormatter TIME =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter(Locale.ROOT);

    private static final long STEERED_MILLIS = 1_000;

    private final List<String> lines = new ArrayList<>();

    private StoreInfo() {}

    /** The state of read-only contents. */
    static String of(ReadOnlyStore store) {
        StoreInfo info = new StoreInfo();
        info.addPath(store.path());
        info.add(
                "read-only",
                "as of sequence %d; later changes are not seen",
                store.opening().lastSequence());
        info.add("keys", "%,d", store.keys());
        info.addExpiry(store.expiry());
        info.addMemory(store.memory());
        info.add("retained", "%s", store.opening().retention());
        info.add("opened from", "%s", originOf(store.opening()));
        return info.text();
    }

    /** @param nowMillis the time by the wall clock, from which ages count */
    static String of(Poro store, long nowMillis) {
        LogReport log = store.log();
        StoreInfo info = new StoreInfo();
        info.addPath(store.path());
        info.add("sequence", "%d", log.lastSequence());
        info.add("durable sequence", "%d, sync policy %s", log.durableSequence(), lowerCase(store.syncPolicy()));
        info.add("keys", "%,d", store.keys());
        info.addExpiry(store.expiry());
        info.addClock(store.expiry().clockOffsetMillis());
        info.addMemory(store.memory());
        info.add("log", "%,d bytes, segment files: %,d", log.segmentBytes(), log.segments());
        info.add("history", "sequence %d to %d", log.firstSequence(), log.lastSequence());
        info.add("retained", "%s", log.retention());
        info.add("opened from", "%s", originOf(store.opening()));
        info.addLastSnapshot(log.newestSnapshot(), nowMillis);
        info.addNextSnapshot(log);
        if (log.snapshotProblem() != null) {
            info.add("snapshot problem", "%s", log.snapshotProblem());
        }
        return info.text();
    }

    private void addPath(Path path) {
        add("store", "%s", path.toAbsolutePath().toString().replaceAll("\\p{Cntrl}", "?"));
    }

    private void addExpiry(ExpiryReport expiry) {
        if (expiry.keys() > 0) {
            add("expiring keys", "%,d, the first at %s", expiry.keys(), TIME.format(expiry.next()));
        }
    }

    /** Says why the log's clock differs from the system's, if it does so by more than it is steered in a second. */
    private void addClock(long offsetMillis) {
        if (Math.abs(offsetMillis) <= STEERED_MILLIS) {
            add("log clock", "in step with the system clock");
        } else if (offsetMillis > 0) {
            add(
                    "log clock",
                    "%,d ms ahead of the system clock, which was set back; it goes at half the speed until they agree",
                    offsetMillis);
        } else {
            add(
                    "log clock",
                    "%,d ms behind the system clock, which was set forward; it follows once that has lasted",
                    -offsetMillis);
        }
    }

    private void addMemory(MemoryReport memory) {
        add("memory", "%,d of %,d bytes", memory.used(), memory.budget());
        if (memory.expiries() > 0) {
            add("order of expiries", "%,d bytes of these", memory.expiries());
        }
        if (memory.walks() > 0) {
            add("iterations", "%,d bytes of heap, %,d bytes of files", memory.walks(), memory.spilled());
        }
    }

    private void addLastSnapshot(SnapshotReport snapshot, long nowMillis) {
        if (snapshot == null) {
            add("last snapshot", "none");
            return;
        }
        add(
                "last snapshot",
                "sequence %d, %s ago, %,d keys, %,d bytes",
                snapshot.sequence(),
                ageOf(snapshot, nowMillis),
                snapshot.keys(),
                snapshot.fileBytes());
    }

    private void addNextSnapshot(LogReport log) {
        if (log.isSnapshotInProgress()) {
            add("next snapshot", "under way");
        } else if (log.snapshotDueBeyond() == Long.MAX_VALUE) {
            add("next snapshot", "when asked for");
        } else {
            add(
                    "next snapshot",
                    "beyond %,d bytes of log since the last, of which there are %,d",
                    log.snapshotDueBeyond(),
                    log.bytesSinceSnapshot());
        }
    }

    /** The source of the contents when the store was opened. */
    private static String originOf(OpeningReport opening) {
        long replayed = opening.lastSequence();
        if (opening.snapshot() == null) {
            return replayed == 0 ? "nothing" : "the log up to sequence " + replayed;
        }
        return "the snapshot of sequence " + opening.snapshot().sequence() + " and the log up to " + replayed;
    }

    private static String lowerCase(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /** As in {@code 2d 3h 4m 5s}. The clock may have been set back since. */
    private static String ageOf(SnapshotReport snapshot, long nowMillis) {
        Duration age =
                Duration.ofSeconds(Math.max(0, nowMillis - snapshot.created().toEpochMilli()) / 1_000);
        String days = age.toDays() > 0 ? age.toDays() + "d " : "";
        String rest = age.minusDays(age.toDays()).toString().substring("PT".length());
        return days + rest.toLowerCase(Locale.ROOT).replaceAll("([hm])(?=\\d)", "$1 ");
    }

    private void add(String what, String format, Object... values) {
        lines.add(String.format(Locale.ROOT, "%-18s", what) + String.format(Locale.ROOT, format, values));
    }

    private String text() {
        return String.join("\n", lines);
    }
}
