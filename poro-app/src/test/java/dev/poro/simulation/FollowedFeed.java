package dev.poro.simulation;

import dev.poro.events.RawMemory;
import dev.poro.events.RecordFlyweight;
import dev.poro.events.SeenChange;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.ChangeLog;
import dev.poro.wal.ChangeReader;
import dev.poro.wal.WriteAheadLog;
import dev.poro.wal.simulated.SimulatedStorage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Somebody who follows the change log through all crashes, and goes on where he was. What he has got is compared with
 * what the events of the log do to an empty state machine: all of it, in order, each once, and nothing that a crash has
 * undone.
 */
final class FollowedFeed {
    private final List<SeenChange> delivered = new ArrayList<>();
    /** {@code null} if the disk has refused to have one. */
    private ChangeLog log;

    private boolean mayBeginLater;
    private LongSupplier durable;
    private ChangeReader reader;

    /**
     * A store was opened.
     *
     * @param events all that have led to its contents
     * @param mayLackFiles whether the page cache may have lost what was forced, or a file
     */
    void adopt(
            List<SimulationOracle.Change> events,
            WriteAheadLog opened,
            LongSupplier durableSequence,
            boolean mayLackFiles) {
        leave();
        List<SeenChange> expected = changesOf(events);
        requirePrefix(delivered, expected);
        log = opened.changes();
        durable = durableSequence;
        if (log == null) {
            if (opened.whyNoChanges() == null) {
                throw new AssertionError("there is no change log, and nothing is said of it");
            }
            mayBeginLater = true;
            return;
        }
        List<SeenChange> kept = new ArrayList<>();
        reader = log.newReader(() -> Long.MAX_VALUE, log.base() + 1, 0);
        read(reader, kept);
        leave();
        List<SeenChange> expectedToBeKept = expected.stream()
                .filter(change -> change.sequence() > log.base())
                .toList();
        requirePrefix(kept, expectedToBeKept);
        if (kept.size() != expectedToBeKept.size() && log.whyBehind() == null) {
            throw new AssertionError("the change log ends with " + kept.size() + " of " + expectedToBeKept.size()
                    + " changes from sequence " + (log.base() + 1) + " on");
        }
        if (!mayLackFiles && !mayBeginLater && expectedToBeKept.size() < expected.size()) {
            throw new AssertionError("the change log begins after sequence " + log.base());
        }
        // What was lost with a damaged file is skipped, which a feed would say.
        delivered.clear();
        delivered.addAll(expected.stream()
                .filter(change -> change.sequence() <= Math.max(log.base(), durable.getAsLong()))
                .toList());
        SeenChange last = delivered.isEmpty() ? null : delivered.get(delivered.size() - 1);
        long from = last == null ? log.base() + 1 : last.sequence();
        reader = log.newReader(durable, Math.max(from, log.base() + 1), last == null ? 0 : last.index() + 1);
    }

    /** Takes what has become durable meanwhile. */
    void take() {
        if (log == null) {
            return;
        }
        int before = delivered.size();
        read(reader, delivered);
        if (delivered.size() > before) {
            SimulationCoverage.CHANGES_FOLLOWED.met();
        }
        if (!delivered.isEmpty() && delivered.get(delivered.size() - 1).sequence() > durable.getAsLong()) {
            throw new AssertionError(
                    "a change of event " + delivered.get(delivered.size() - 1).sequence() + " was shown, but only "
                            + durable.getAsLong() + " are durable");
        }
    }

    private static void read(ChangeReader reader, List<SeenChange> seen) {
        try {
            while (reader.next()) {
                seen.add(new SeenChange(
                        reader.sequence(),
                        reader.timestamp(),
                        reader.index(),
                        reader.kind(),
                        reader.previous(),
                        reader.expiry(),
                        ByteBuffer.wrap(reader.key()),
                        ByteBuffer.wrap(reader.value())));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void requirePrefix(List<SeenChange> found, List<SeenChange> all) {
        for (int i = 0; i < found.size(); i++) {
            if (i == all.size() || !found.get(i).equals(all.get(i))) {
                throw new AssertionError("change " + i + " was " + found.get(i) + ", but should have been "
                        + (i == all.size() ? "none" : all.get(i)));
            }
        }
    }

    private static List<SeenChange> changesOf(List<SimulationOracle.Change> events) {
        List<SeenChange> changes = new ArrayList<>();
        RecordFlyweight record = new RecordFlyweight();
        try (StateMachine machine = new StateMachine(0)) {
            machine.handChangesTo(SeenChange.sinkTo(changes::add));
            for (SimulationOracle.Change event : events) {
                byte[] bytes = event.record();
                long address = RawMemory.allocate(bytes.length);
                RawMemory.copy(bytes, 0, address, bytes.length);
                machine.apply(event.sequence(), event.timestamp(), record.wrap(address));
                RawMemory.free(address, bytes.length);
            }
        }
        return changes;
    }

    void leave() {
        if (reader != null) {
            try {
                reader.close();
            } catch (IOException | SimulatedStorage.Crash e) {
                // Nothing depends on it, and even closing a file is too much for a dead process.
            }
            reader = null;
        }
    }
}
