package dev.poro.cli;

import dev.poro.engine.LogReport;
import dev.poro.engine.MemoryReport;
import dev.poro.engine.OpeningReport;
import dev.poro.engine.Poro;
import dev.poro.engine.ReadOnlyStore;
import dev.poro.engine.SnapshotReport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/** Replies how a store stands, a line for each thing that an operator asks for. */
final class Info {
    private final ReplyStream replies;

    Info(ReplyStream replies) {
        this.replies = replies;
    }

    /** Of contents that are only looked at. */
    void reply(ReadOnlyStore store) throws IOException {
        replyPath(store.path());
        line(
                "read-only",
                "as of sequence %d; later changes are not seen",
                store.opening().lastSequence());
        line("keys", "%,d", store.keys());
        line("memory", "%,d of %,d bytes", store.memory().used(), store.memory().budget());
        line("retained", "%s", store.opening().retention());
        line("opened from", "%s", originOf(store.opening()));
    }

    void reply(Poro store, long nowMillis) throws IOException {
        LogReport log = store.log();
        MemoryReport memory = store.memory();
        replyPath(store.path());
        line("sequence", "%d", log.lastSequence());
        line("durable sequence", "%d, sync policy %s", log.durableSequence(), lowerCase(store.syncPolicy()));
        line("keys", "%,d", store.keys());
        line("memory", "%,d of %,d bytes", memory.used(), memory.budget());
        line("log", "%,d bytes, segment files: %,d", log.segmentBytes(), log.segments());
        line("history", "sequence %d to %d", log.firstSequence(), log.lastSequence());
        line("retained", "%s", log.retention());
        line("opened from", "%s", originOf(store.opening()));
        replyLast(log.newestSnapshot(), nowMillis);
        replyNext(log);
        if (log.snapshotProblem() != null) {
            line("snapshot problem", "%s", log.snapshotProblem());
        }
    }

    private void replyPath(Path path) throws IOException {
        line("store", "%s", path.toAbsolutePath().toString().replaceAll("\\p{Cntrl}", "?"));
    }

    private void replyLast(SnapshotReport snapshot, long nowMillis) throws IOException {
        if (snapshot == null) {
            line("last snapshot", "none");
            return;
        }
        line(
                "last snapshot",
                "sequence %d, %s ago, %,d keys, %,d bytes",
                snapshot.sequence(),
                ageOf(snapshot, nowMillis),
                snapshot.keys(),
                snapshot.fileBytes());
    }

    private void replyNext(LogReport log) throws IOException {
        if (log.isSnapshotInProgress()) {
            line("next snapshot", "under way");
        } else if (log.snapshotDueBeyond() == Long.MAX_VALUE) {
            line("next snapshot", "when asked for");
        } else {
            line(
                    "next snapshot",
                    "beyond %,d bytes of log since the last, of which there are %,d",
                    log.snapshotDueBeyond(),
                    log.bytesSinceSnapshot());
        }
    }

    /** What the contents were loaded from when the store was opened. */
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

    private void line(String what, String format, Object... values) throws IOException {
        replies.line(String.format(Locale.ROOT, "%-18s", what) + String.format(Locale.ROOT, format, values));
    }
}
