package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import com.lmax.disruptor.BlockingWaitStrategy;
import dev.poro.events.EventRing;
import dev.poro.events.EventRun;
import dev.poro.events.EventSlot;
import dev.poro.events.EventType;
import dev.poro.events.FailStop;
import dev.poro.events.Outcome;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlags;
import dev.poro.wal.simulated.SimulatedOperation;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Reads among the events of a run: the journal passes over them, and gives them a time. */
class PassedOverReadsTest {
    private static final byte[] KEY = {'k'};

    private final SimulatedStorage storage = new SimulatedStorage();
    private final FailStop failStop = new FailStop();
    private final EventRing ring = new EventRing(16, new BlockingWaitStrategy());
    private final EventRun run = new EventRun();
    private WriteAheadLog log;
    private JournalingHandler journal;
    private boolean isClosed;

    @BeforeEach
    void open() throws IOException {
        ring.newPollers();
        log = WriteAheadLog.open(
                () -> {},
                storage,
                new SteppedWorkers(),
                TestLog.settings(SyncPolicy.ALWAYS),
                LogVisitor.NONE,
                ReplayProgress.NONE,
                failStop);
        journal = log.newHandler(ring);
    }

    @AfterEach
    void close() throws IOException {
        if (!isClosed) {
            log.close();
        }
        run.free();
        ring.close();
        storage.release();
    }

    private void add(boolean isRead) {
        EventType type = isRead ? EventType.REQUIRE : EventType.SET;
        int flags = isRead ? RecordFlags.IF_PRESENT : 0;
        int length = RecordDescriptor.recordLength(KEY.length, 0);
        long key = RecordEncoder.encodeHead(run.nextRecord(length), type, flags, 0, 0, KEY.length, 0, 0);
        RawMemory.copy(KEY, 0, key, KEY.length);
        run.add(length, 0, isRead, false);
    }

    /** Publishes what was added and has it journaled as one batch; a long time passes between the slots. */
    private List<EventSlot> journalSlowly() {
        List<EventSlot> slots = new ArrayList<>();
        long first = ring.tryClaim(run.size());
        for (int index = 0; index < run.size(); index++) {
            ring.slot(first + index).prepareOfRun(run, index, null);
            slots.add(ring.slot(first + index));
        }
        ring.publishRun(first, first + run.size() - 1);
        for (int index = 0; index < run.size(); index++) {
            storage.advanceClock(50);
            journal.onEvent(slots.get(index), first + index, index == run.size() - 1);
        }
        return slots;
    }

    @Test
    void takeNoSequenceAndAreNotInTheLog() throws IOException {
        add(true);
        add(false);
        add(true);
        add(false);
        add(true);
        List<EventSlot> slots = journalSlowly();

        assertThat(slots).extracting(EventSlot::isJournaled).containsExactly(false, true, false, true, false);
        assertThat(slots).extracting(EventSlot::isPassedOver).containsExactly(true, false, true, false, true);
        assertThat(slots.get(1).logSequence()).isEqualTo(1);
        assertThat(slots.get(3).logSequence()).isEqualTo(2);
        assertThat(log.lastSequence()).isEqualTo(2);
        log.close();
        isClosed = true;
        List<Event> events = new ArrayList<>();
        WriteAheadLog.open(
                        () -> {},
                        storage,
                        new SteppedWorkers(),
                        TestLog.settings(SyncPolicy.ALWAYS),
                        TestLog.collectorOf(events),
                        ReplayProgress.NONE,
                        new FailStop())
                .close();
        assertThat(events).hasSize(2);
    }

    /** Else a key that has expired for the read would be there for the change after it. */
    @Test
    void haveTheTimeOfTheFrameThatTheChangesAroundThemAreIn() {
        add(false);
        add(true);
        add(false);
        List<EventSlot> slots = journalSlowly();

        assertThat(slots.get(1).timestamp()).isEqualTo(slots.get(0).timestamp());
        assertThat(slots.get(2).timestamp()).isEqualTo(slots.get(0).timestamp());
    }

    /** Else a key that has expired for a reader before would be there for the read. */
    @Test
    void haveATimeOfTheirOwnBeforeTheFrame() {
        add(false);
        journalSlowly();
        run.reset();
        storage.advanceClock(1_000);
        long before = log.clock().getAsLong();
        add(true);
        add(false);
        List<EventSlot> slots = journalSlowly();

        assertThat(slots.get(0).timestamp()).isBetween(before, slots.get(1).timestamp());
    }

    @Test
    void forceNothing() {
        List<SimulatedOperation> operations = new ArrayList<>();
        storage.observe(operations::add);
        add(true);
        add(true);
        journalSlowly();

        assertThat(operations).isEmpty();
    }

    @Test
    void areRefusedWithTheBatchThatFails() {
        add(true);
        add(false);
        add(true);
        storage.fail(operation -> operation.contains("force"), 1, "Input/output error");
        List<EventSlot> slots = journalSlowly();

        assertThat(failStop.isTripped()).isTrue();
        assertThat(slots).noneMatch(EventSlot::isPassedOver);
        assertThat(slots).extracting(EventSlot::refusal).containsOnly(Outcome.FAILED);
    }
}
