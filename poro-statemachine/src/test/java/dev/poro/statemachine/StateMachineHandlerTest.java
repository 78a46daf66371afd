package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;

import com.lmax.disruptor.BlockingWaitStrategy;
import com.lmax.disruptor.EventPoller;
import dev.poro.events.EventRing;
import dev.poro.events.EventSlot;
import dev.poro.events.EventType;
import dev.poro.events.FailStop;
import dev.poro.events.Outcome;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.events.Slots;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the handler makes of an event: it applies what the log has, and nothing after a failure. */
class StateMachineHandlerTest {
    private static final byte[] KEY = "key".getBytes(StandardCharsets.UTF_8);

    private final StateMachine stateMachine = new StateMachine(1 << 20);
    private final FailStop failStop = new FailStop();
    private static final int STEPS_OF_A_PAGE = (IndexPage.SLOTS + 15) / 16;

    private final EventRing ring = new EventRing(16, new BlockingWaitStrategy());
    private final EventRing.Pollers pollers = ring.newPollers();
    private final StateMachineHandler handler = new StateMachineHandler(stateMachine, ring, failStop);
    private long logSequence;

    @AfterEach
    void giveMemoryBack() {
        stateMachine.close();
    }

    @Test
    void appliesWhatIsJournaled() throws Exception {
        publishBudget();
        long set = publishSet("value");
        handle(Outcome.ACCEPTED);

        assertThat(ring.outcomeOf(set)).isEqualTo(Outcome.CREATED);
        assertThat(stateMachine.get(KEY)).asString().isEqualTo("value");
    }

    @Test
    @Tag("R16")
    void passesOverWhatTheLogHasRefused() throws Exception {
        publishBudget();
        handle(Outcome.ACCEPTED);
        long set = publishSet("value");
        handle(Outcome.LOG_FULL);

        assertThat(ring.outcomeOf(set)).isEqualTo(Outcome.LOG_FULL);
        assertThat(stateMachine.get(KEY)).isNull();
        assertThat(failStop.isTripped()).isFalse();
    }

    @Test
    @Tag("R18")
    @Tag("R19")
    void stopsTheStoreAtAnEventThatCannotBeApplied() throws Exception {
        publishBudget();
        long contradiction = publishMark(42);
        long set = publishSet("value");
        handle(Outcome.ACCEPTED);

        assertThat(failStop.cause()).isInstanceOf(StateMachineException.class);
        assertThat(ring.outcomeOf(contradiction)).isEqualTo(Outcome.FAILED);
        assertThat(ring.outcomeOf(set)).isEqualTo(Outcome.FAILED);
        assertThat(stateMachine.get(KEY)).isNull();
    }

    @Test
    @Tag("R24")
    void handsOutASnapshotBetweenEvents() throws Exception {
        publishBudget();
        publishSet("before");
        handle(Outcome.ACCEPTED);
        CollectedSnapshot snapshot = new CollectedSnapshot(stateMachine, () -> true);
        handler.takeSnapshot(snapshot);
        publishCancelled();
        int events = 0;
        for (; !snapshot.isEnded(); events++) {
            publishSet("after " + events);
            handle(Outcome.ACCEPTED);
        }
        snapshot.requireExact("between events");
        assertThat(snapshot.summary().sequence()).isEqualTo(2);
        assertThat(events).as("a step at every sixteenth").isEqualTo(16 * (STEPS_OF_A_PAGE - 16));
    }

    /** Otherwise the log would grow by many times the contents before it can be released. */
    @Test
    void handsOutMoreOfASnapshotWhereEventsAreLong() throws Exception {
        publishBudget();
        handle(Outcome.ACCEPTED);
        CollectedSnapshot snapshot = new CollectedSnapshot(stateMachine, () -> true);
        handler.takeSnapshot(snapshot);
        long bytes = 0;
        for (int length = 1; !snapshot.isEnded(); length = length * 2 % 65_535) {
            publishSet("v".repeat(length));
            handle(Outcome.ACCEPTED);
            assertThat(failStop.cause()).isNull();
            bytes += length;
        }
        assertThat(bytes).as("a step at every 8 KiB").isLessThan(STEPS_OF_A_PAGE * (9L << 10));
    }

    @Test
    void handsOutMoreOfASnapshotAtCancelledEvents() throws Exception {
        publishBudget();
        handle(Outcome.ACCEPTED);
        CollectedSnapshot first = new CollectedSnapshot(stateMachine, () -> true);
        CollectedSnapshot second = new CollectedSnapshot(stateMachine, () -> true);
        handler.takeSnapshot(first);
        int events = 0;
        for (; !first.isEnded(); events++) {
            publishCancelled();
        }
        assertThat(events).isEqualTo(STEPS_OF_A_PAGE / 16);
        handler.takeSnapshot(second);
        while (!second.isEnded()) {
            publishCancelled();
        }
        second.requireExact("the second");
        assertThat(failStop.isTripped()).isFalse();
    }

    /** Events do not wait for a reader: what is in the table is handed out when the reader asks for it. */
    @Test
    @Tag("R24")
    void handsOutToReadersAtCancelledEventsAlone() throws Exception {
        publishBudget();
        publishSet("before");
        handle(Outcome.ACCEPTED);
        CollectedSnapshot reader = new CollectedSnapshot(stateMachine, () -> true);
        handler.addReader(reader);
        assertThat(reader.summary()).isNull();
        publishCancelled();
        assertThat(reader.summary().sequence()).isEqualTo(2);
        for (int events = 0; events < 2_000; events++) {
            publishSet("after " + events);
            handle(Outcome.ACCEPTED);
        }
        assertThat(reader.isEnded()).isFalse();
        int asked = 1;
        for (; !reader.isEnded(); asked++) {
            publishCancelled();
        }
        assertThat(asked).isEqualTo(STEPS_OF_A_PAGE / 16);
        reader.requireExact("at cancelled events");
    }

    @Test
    void givesUpAReaderThatHasGone() throws Exception {
        publishBudget();
        publishSet("before");
        handle(Outcome.ACCEPTED);
        for (int readers = 0; readers < 3 * StateMachine.MAX_SNAPSHOTS; readers++) {
            CollectedSnapshot reader = new CollectedSnapshot(stateMachine, () -> true);
            handler.addReader(reader);
            if (readers % 2 == 0) {
                publishCancelled();
            }
            reader.drop();
        }
        publishCancelled();
        assertThat(failStop.cause()).isNull();
    }

    /** The journal may be far ahead of the state that is handed out. */
    @Test
    void tellsASnapshotTheWallClockOfTheLastEventThatItCovers() throws Exception {
        CollectedSnapshot ofNothing = new CollectedSnapshot(stateMachine, () -> true);
        handler.takeSnapshot(ofNothing);
        publishCancelled();
        assertThat(ofNothing.summary().sequence()).isZero();
        assertThat(ofNothing.latestWallClock()).isNull();
        while (!ofNothing.isEnded()) {
            publishCancelled();
        }
        publishBudget();
        publishSet("1");
        handle(Outcome.ACCEPTED);
        publishSet("refused");
        handle(Outcome.LOG_FULL);

        CollectedSnapshot snapshot = new CollectedSnapshot(stateMachine, () -> true);
        handler.takeSnapshot(snapshot);
        publishCancelled();

        assertThat(snapshot.summary().sequence()).isEqualTo(logSequence);
        assertThat(snapshot.latestWallClock()).isEqualTo(1_000 + logSequence);
        while (!snapshot.isEnded()) {
            publishCancelled();
        }
        publishSet("2");
        pollers.journal().poll((slot, ringSequence, endOfBatch) -> {
            slot.journaled(++logSequence, 1, 9_000);
            return true;
        });
        CollectedSnapshot last = new CollectedSnapshot(stateMachine, () -> true);
        handler.takeSnapshot(last);
        pollers.stateMachine().poll((slot, ringSequence, endOfBatch) -> {
            handler.onEvent(slot, ringSequence, endOfBatch);
            return true;
        });
        assertThat(last.latestWallClock()).isEqualTo(9_000);
    }

    private void publishCancelled() throws Exception {
        long ringSequence = ring.tryClaim();
        ring.slot(ringSequence).cancel();
        ring.publish(ringSequence);
        pollers.journal().poll((slot, ignored, endOfBatch) -> true);
        handle(Outcome.FAILED);
    }

    private void publishBudget() {
        long ringSequence = ring.tryClaim();
        int length = RecordDescriptor.recordLength(0, RecordDescriptor.BUDGET_LENGTH);
        RecordEncoder.encodeMemoryBudget(Slots.prepare(ring, ringSequence, length), 1 << 20);
        ring.publish(ringSequence);
    }

    private long publishSet(String value) {
        long ringSequence = ring.tryClaim();
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        int length = RecordDescriptor.recordLength(KEY.length, bytes.length);
        RecordEncoder.encodeSet(Slots.prepare(ring, ringSequence, length, null, stateMachine.hash(KEY)), KEY, bytes);
        ring.publish(ringSequence);
        return ringSequence;
    }

    private long publishMark(long digest) {
        long ringSequence = ring.tryClaim();
        int length = RecordDescriptor.recordLength(0, RecordDescriptor.MARK_LENGTH);
        RecordEncoder.encodeMark(
                Slots.prepare(ring, ringSequence, length), EventType.DIGEST_MARK, logSequence + 1, digest, 0);
        ring.publish(ringSequence);
        return ringSequence;
    }

    /** Has the events journaled, or refused if {@code journal} is a refusal, and hands them to the handler. */
    private void handle(Outcome journal) throws Exception {
        pollers.journal().poll((slot, ringSequence, endOfBatch) -> {
            if (journal == Outcome.ACCEPTED) {
                slot.journaled(++logSequence, 1, 1_000 + logSequence);
            } else {
                slot.refuse(journal);
            }
            return true;
        });
        EventPoller.Handler<EventSlot> apply = (slot, ringSequence, endOfBatch) -> {
            handler.onEvent(slot, ringSequence, endOfBatch);
            return true;
        };
        pollers.stateMachine().poll(apply);
    }
}
