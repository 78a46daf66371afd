package dev.poro.wal;

import com.lmax.disruptor.BlockingWaitStrategy;
import dev.poro.events.CommittedMessage;
import dev.poro.events.EventRing;
import dev.poro.events.EventSlot;
import dev.poro.events.EventType;
import dev.poro.events.FailStop;
import dev.poro.events.Outcome;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlyweight;
import dev.poro.events.Slots;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.WorkerFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * An open log with a ring before it and, in place of a state machine, a list of what was acknowledged. The test
 * publishes events and then has them handled, as one batch, on its own thread.
 */
final class TestLog implements AutoCloseable {
    static final int SEGMENT_LENGTH = SegmentDescriptor.MIN_LENGTH;

    private final FailStop failStop;
    private final WriteAheadLog log;
    private final ReplayedState state;
    private final EventRing ring = new EventRing(1024, new BlockingWaitStrategy());
    private final EventRing.Pollers pollers = ring.newPollers();
    private final JournalingHandler journal;
    private final RecordFlyweight record = new RecordFlyweight();
    private final List<Event> acknowledged = new ArrayList<>();
    private final List<Event> marks = new ArrayList<>();
    private final List<Outcome> outcomes = new ArrayList<>();
    private boolean closed;

    private TestLog(WriteAheadLog log, ReplayedState state, FailStop failStop) {
        this.log = log;
        this.state = state;
        this.failStop = failStop;
        this.journal = log.newHandler(ring);
    }

    static LogSettings settings(SyncPolicy policy) {
        return new LogSettings(policy, RecoveryMode.TAIL, SEGMENT_LENGTH);
    }

    static LogSettings strict(SyncPolicy policy) {
        return new LogSettings(policy, RecoveryMode.STRICT, SEGMENT_LENGTH);
    }

    static TestLog open(Storage storage, SyncPolicy policy) throws IOException {
        return open(storage, settings(policy));
    }

    static TestLog open(Storage storage, LogSettings settings) throws IOException {
        return open(storage, settings, WorkerFactory.THREADS);
    }

    static TestLog open(Storage storage, LogSettings settings, WorkerFactory workers) throws IOException {
        ReplayedState state = new ReplayedState();
        FailStop failStop = new FailStop();
        WriteAheadLog log =
                WriteAheadLog.open(() -> {}, storage, workers, settings, state, ReplayProgress.NONE, failStop);
        return new TestLog(log, state, failStop);
    }

    /** The disk of another log, of 35 events in several segments. */
    static SimulatedStorage another() throws IOException {
        SimulatedStorage storage = new SimulatedStorage();
        try (TestLog log = open(storage, SyncPolicy.ALWAYS)) {
            log.appendMany(35, 1_000);
        }
        return storage;
    }

    static TestLog open(Path directory, LogSettings settings) throws IOException {
        ReplayedState state = new ReplayedState();
        FailStop failStop = new FailStop();
        WriteAheadLog log = WriteAheadLog.open(directory, settings, state, ReplayProgress.NONE, failStop);
        return new TestLog(log, state, failStop);
    }

    /** Collects the events, without marks. */
    static LogVisitor collectorOf(List<Event> events) {
        return (sequence, timestamp, read) -> events.add(Event.of(sequence, timestamp, read));
    }

    /** Collects events and marks; a mark has the sequence of the next event. */
    static LogVisitor collectorWithMarks(List<Event> events) {
        return new LogVisitor() {
            @Override
            public void onRecord(long sequence, long timestamp, RecordFlyweight record) {
                events.add(Event.of(sequence, timestamp, record));
            }

            @Override
            public void onMark(long nextSequence, long timestamp, RecordFlyweight mark) {
                events.add(Event.of(nextSequence, timestamp, mark));
            }
        };
    }

    WriteAheadLog log() {
        return log;
    }

    RecoveryReport recovery() {
        return log.recovery();
    }

    FailStop failStop() {
        return failStop;
    }

    /** What opening read, one by one. */
    List<Event> replayed() {
        return state.replayed();
    }

    /** What the events have led to. */
    ReplayedState state() {
        return state;
    }

    /** Snapshots can be taken of {@link #state}; with a worker of their own. */
    TestLog startSnapshots() {
        log.startSnapshots(state);
        return this;
    }

    /** The marks that were journaled since, in order, each with the sequence of the next event. */
    List<Event> marks() {
        return marks;
    }

    /** The events that were journaled since, in order. */
    List<Event> acknowledged() {
        return acknowledged;
    }

    /** All that the log is to hold. */
    List<Event> all() {
        List<Event> all = new ArrayList<>(state.replayed());
        all.addAll(acknowledged);
        return all;
    }

    /** Publishes the set of a key. */
    TestLog publish(String key, String value) {
        return publish(key.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8));
    }

    TestLog publish(byte[] key, byte[] value) {
        long ringSequence = ring.tryClaim();
        RecordEncoder.encodeSet(
                Slots.prepare(ring, ringSequence, RecordDescriptor.recordLength(key.length, value.length)), key, value);
        ring.publish(ringSequence);
        return this;
    }

    /** Publishes a message of a cluster's log: sets of keys to a value. */
    TestLog publishMessage(long time, ClusterPosition position, int valueLength, String... keys) {
        long first = ring.tryClaim(Math.max(1, keys.length));
        byte[] value = new byte[valueLength];
        int recordsLength = 0;
        CommittedMessage message = new CommittedMessage();
        for (int i = 0; i < keys.length; i++) {
            byte[] key = keys[i].getBytes(StandardCharsets.UTF_8);
            int length = RecordDescriptor.recordLength(key.length, value.length);
            RecordEncoder.encodeSet(Slots.prepare(ring, first + i, length), key, value);
            ring.slot(first + i).committed(message);
            recordsLength += length;
        }
        message.set(first, recordsLength, time, position.incarnation(), position.term(), position.position());
        ring.publishRun(first, first + keys.length - 1);
        return this;
    }

    TestLog publishDelete(String key) {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        long ringSequence = ring.tryClaim();
        RecordEncoder.encodeDelete(
                Slots.prepare(ring, ringSequence, RecordDescriptor.recordLength(bytes.length, 0)), bytes);
        ring.publish(ringSequence);
        return this;
    }

    TestLog publishBudget(long budget) {
        long ringSequence = ring.tryClaim();
        int length = RecordDescriptor.recordLength(0, RecordDescriptor.BUDGET_LENGTH);
        RecordEncoder.encodeMemoryBudget(Slots.prepare(ring, ringSequence, length), budget);
        ring.publish(ringSequence);
        return this;
    }

    TestLog publishMark(EventType type) {
        long ringSequence = ring.tryClaim();
        EventSlot slot = ring.slot(ringSequence);
        slot.prepareMark(type);
        slot.state(log.lastSequence(), 0x1234, 5);
        ring.publish(ringSequence);
        return this;
    }

    TestLog publishCancelled() {
        long ringSequence = ring.tryClaim();
        ring.slot(ringSequence).cancel();
        ring.publish(ringSequence);
        return this;
    }

    /** Runs the handlers over what is published, as one batch. Returns its outcomes: ACCEPTED is journaled. */
    List<Outcome> handle() {
        outcomes.clear();
        try {
            pollers.journal().poll((slot, ringSequence, endOfBatch) -> {
                journal.onEvent(slot, ringSequence, endOfBatch);
                return true;
            });
            pollers.stateMachine().poll((slot, ringSequence, endOfBatch) -> {
                acknowledge(slot, ringSequence);
                return true;
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        return List.copyOf(outcomes);
    }

    private void acknowledge(EventSlot slot, long ringSequence) {
        Outcome outcome = slot.isJournaled() ? Outcome.ACCEPTED : slot.refusal();
        if (slot.isJournaled() && slot.isMark()) {
            marks.add(Event.of(state.sequence() + 1, slot.timestamp(), record.wrap(slot.recordAddress())));
        } else if (slot.isJournaled()) {
            Event event = Event.of(slot.logSequence(), slot.timestamp(), record.wrap(slot.recordAddress()));
            acknowledged.add(event);
            state.apply(event, slot.latestWallClock());
        }
        outcomes.add(outcome);
        ring.complete(ringSequence, outcome, 0);
    }

    /** Publishes and handles one event. */
    Outcome append(String key, String value) {
        return publish(key, value).handle().get(0);
    }

    /** Appends batches of one event each, with values of {@code valueLength} bytes. */
    TestLog appendMany(int count, int valueLength) {
        for (int i = 0; i < count; i++) {
            String key = "key-" + (all().size() + 1);
            Outcome outcome = append(key, "v".repeat(valueLength));
            if (outcome != Outcome.ACCEPTED) {
                throw new IllegalStateException(key + ": " + outcome, failStop.cause());
            }
        }
        return this;
    }

    /** Closes as a store does: with the mark of a clean close. */
    Outcome closeCleanly() throws IOException {
        Outcome outcome = publishMark(EventType.CLEAN_CLOSE).handle().get(0);
        close();
        return outcome;
    }

    /** Stops as a killed process does: nothing of this log is written or forced any more. */
    void kill(SimulatedStorage storage) {
        storage.crashAt(0);
        try {
            abandon();
        } catch (IOException | SimulatedStorage.Crash dead) {
            // Even closing a file is too much for a dead process.
        }
        storage.restart();
    }

    /** Stops after a failure of the test's making. */
    void abandon() throws IOException {
        failStop.trip(new IllegalStateException("abandoned by the test"));
        close();
    }

    /** Closes without the mark of a clean close, but forces. */
    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            log.close();
        }
    }
}
