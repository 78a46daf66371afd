package dev.poro.process.harness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import dev.poro.wal.LogInspector;
import dev.poro.wal.RecoveryReport;
import dev.poro.wal.RecoveryReport.Verdict;
import dev.poro.wal.ReplayProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a log must hold, known from outside of the processes that write it: the changes that are settled, in their
 * order. After each life of the program the log itself settles which of those that nobody acknowledged are in it.
 */
public final class Oracle {
    private final Path log;
    private List<Change> settled = new ArrayList<>();

    public Oracle(Path log) {
        this.log = log;
    }

    public Path log() {
        return log;
    }

    /** The changes that are in the log. */
    public int changes() {
        return settled.size();
    }

    /** The keys and values that these changes make. */
    Map<String, String> state() {
        Map<String, String> state = new HashMap<>();
        settled.forEach(change -> change.applyTo(state));
        return state;
    }

    /** Everything that was acknowledged is in the log, perhaps more of what was in flight, and nothing else. */
    public void settle(Session session, String context) throws IOException {
        settle(session, settled.size() + session.acknowledged().size(), context);
    }

    /**
     * The log is a beginning of what was sent.
     *
     * @param atLeast changes that must be in it
     */
    public void settle(Session session, int atLeast, String context) throws IOException {
        List<Change> sent = new ArrayList<>(settled);
        sent.addAll(session.acknowledged());
        sent.addAll(session.inFlight());
        List<Change> found = read(sent, context);
        assertThat(found.size())
                .as(
                        "changes in the log; %d settled, %d acknowledged, %d in flight; %s",
                        settled.size(),
                        session.acknowledged().size(),
                        session.inFlight().size(),
                        context)
                .isBetween(atLeast, sent.size());
        for (int i = 0; i < found.size(); i++) {
            if (!found.get(i).equals(sent.get(i))) {
                throw new AssertionError("change " + i + " of the log is " + found.get(i) + " and not " + sent.get(i)
                        + "; " + settled.size() + " settled, "
                        + session.acknowledged().size() + " acknowledged; " + context);
            }
        }
        settled = found;
    }

    /**
     * Reads the log without opening it, so that the next process finds it as the last one has left it. What was
     * released of it is taken from what was sent; that its outcome is there, only opening shows.
     */
    private List<Change> read(List<Change> sent, String context) throws IOException {
        List<Change> changes = new ArrayList<>();
        if (!hasSegments()) {
            return changes;
        }
        RecoveryReport report = LogInspector.inspect(
                log,
                (sequence, timestamp, record) -> {
                    Change change = Change.of(record);
                    if (change != null) {
                        changes.add(change);
                    }
                },
                ReplayProgress.NONE);
        assertThat(report.verdict())
                .as("%s at %d: %s; %s", report.file(), report.offset(), report.description(), context)
                .isIn(Verdict.SOUND, Verdict.UNFORCED_TAIL);
        if (report.firstSequence() > 1) {
            changes.addAll(0, sent.subList(0, beginningOf(changes, sent, context)));
        }
        return changes;
    }

    /** Where in all that was sent a log begins that does not begin with the first event. Values tell sets apart. */
    private static int beginningOf(List<Change> changes, List<Change> sent, String context) {
        for (int begin = 0; begin + changes.size() <= sent.size(); begin++) {
            if (sent.subList(begin, begin + changes.size()).equals(changes)) {
                return begin;
            }
        }
        throw new AssertionError(changes.size() + " changes in the log are no part of what was sent; " + context);
    }

    /** Before its first segment is made, a log holds nothing. */
    private boolean hasSegments() throws IOException {
        if (!Files.isDirectory(log)) {
            return false;
        }
        try (Stream<Path> files = Files.list(log)) {
            return files.anyMatch(file -> file.toString().endsWith(".wal"));
        }
    }

    /** A store that opens the log now has the state that the settled changes make. */
    public void assertOpens(String context) {
        Map<String, String> expected = state();
        try (Poro poro = Poro.at(log).memory(64 << 20).open()) {
            assertThat(poro.keys()).as("keys; %s", context).isEqualTo(expected.size());
            expected.forEach((key, value) ->
                    assertThat(poro.get(key)).as("%s; %s", key, context).isEqualTo(value));
        }
    }
}
