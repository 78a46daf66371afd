package dev.poro.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.lmax.disruptor.EventPoller;
import com.lmax.disruptor.Sequence;
import com.lmax.disruptor.SequenceBarrier;
import com.lmax.disruptor.WaitStrategy;
import com.lmax.disruptor.YieldingWaitStrategy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One slot at a time: claiming, filling, completing. For many threads see {@link EventRingThreadsTest}. */
@Timeout(30)
class EventRingTest {
    private static final byte[] KEY = {'k'};

    private final EventRing ring = new EventRing(4, new YieldingWaitStrategy());
    private final RecordFlyweight record = new RecordFlyweight();

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -4, 0, 1, 3, 1000, EventRing.MAX_CAPACITY + 1, 2 * EventRing.MAX_CAPACITY})
    void aCapacityThatIsNoPowerOfTwoOrTooLargeIsRefused(int capacity) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new EventRing(capacity, new YieldingWaitStrategy()))
                .withMessageContaining(String.valueOf(capacity));
    }

    @Test
    void aFullRingRefusesAClaimUntilTheLastHandlerHasMadeRoom() throws Exception {
        EventRing.Pollers pollers = ring.newPollers();
        for (int i = 0; i < ring.capacity(); i++) {
            assertThat(publish(0)).isEqualTo(i);
        }
        assertThat(ring.tryClaim()).isEqualTo(EventRing.FULL);

        pollers.journal().poll(journalingAll());
        assertThat(ring.tryClaim()).isEqualTo(EventRing.FULL);

        pollers.stateMachine().poll(completingAll(Outcome.CREATED));
        assertThat(publish(0)).isEqualTo(ring.capacity());
    }

    @Test
    void aRunIsThereForTheJournalAllAtOnce() throws Exception {
        List<Boolean> isThere = new ArrayList<>();
        EventRing[] told = new EventRing[1];
        told[0] = new EventRing(8, new WaitStrategy() {
            @Override
            public long waitFor(long sequence, Sequence cursor, Sequence dependent, SequenceBarrier barrier) {
                throw new AssertionError("nobody waits here");
            }

            @Override
            public void signalAllWhenBlocking() {
                isThere.add(told[0].hasUnjournaled());
            }
        });
        EventRing.Pollers pollers = told[0].newPollers();
        EventRun run = runOf(5);
        long first = told[0].tryClaim(5);
        for (int i = 0; i < 5; i++) {
            told[0].slot(first + i).prepareOfRun(run, i, null);
        }

        told[0].publishRun(first, first + 4);

        assertThat(isThere).containsExactly(false, false, false, false, true);
        List<Long> handled = new ArrayList<>();
        pollers.journal().poll((slot, ringSequence, endOfBatch) -> {
            handled.add(ringSequence);
            return true;
        });
        assertThat(handled).containsExactly(0L, 1L, 2L, 3L, 4L);
        run.free();
    }

    @Test
    void aRunIsClaimedAsAWholeOrNotAtAll() throws Exception {
        EventRing.Pollers pollers = ring.newPollers();
        publish(0);
        assertThat(ring.tryClaim(4)).isEqualTo(EventRing.FULL);
        assertThat(ring.claimed()).isZero();
        long first = ring.tryClaim(3);
        assertThat(first).isEqualTo(1);
        EventRun run = runOf(3);
        OutcomeWaiter waiter = ring.takeWaiter();
        for (int i = 0; i < 3; i++) {
            ring.slot(first + i).prepareOfRun(run, i, i == 2 ? waiter : null);
        }
        ring.publishRun(first, 3);

        pollers.journal().poll(journalingAll());
        pollers.stateMachine().poll((slot, ringSequence, endOfBatch) -> {
            assertThat(waiter.poll()).isNull();
            ring.complete(ringSequence, Outcome.CREATED, ringSequence * 10);
            return true;
        });

        assertThat(waiter.poll()).isEqualTo(Outcome.CREATED);
        assertThat(run.outcome(0)).isEqualTo(Outcome.CREATED);
        assertThat(List.of(run.number(0), run.number(1), run.number(2))).containsExactly(10L, 20L, 30L);
        waiter.giveBack();
        run.free();
    }

    private static EventRun runOf(int count) {
        EventRun run = new EventRun();
        for (int i = 0; i < count; i++) {
            run.add(RecordEncoder.encodeDelete(run.nextRecord(9), KEY), i, false, false);
        }
        return run;
    }

    @Test
    void theSecondHandlerSeesNothingThatTheFirstHasNot() throws Exception {
        EventRing.Pollers pollers = ring.newPollers();
        publish(0);

        EventPoller.PollState state = pollers.stateMachine().poll((slot, ringSequence, endOfBatch) -> {
            throw new AssertionError("event " + ringSequence + " came before it was journaled");
        });

        assertThat(state).isEqualTo(EventPoller.PollState.GATING);
        assertThat(ring.hasUnapplied()).isTrue();
        assertThat(ring.applied()).isEqualTo(-1);
        assertThat(ring.claimed()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                0,
                EventSlot.INLINE_LENGTH - 10,
                EventSlot.INLINE_LENGTH - 9,
                EventSlot.INLINE_LENGTH - 8,
                1_015,
                1_016,
                1_017,
                OutcomeWaiter.MAX_RECORD_LENGTH - 9,
                OutcomeWaiter.MAX_RECORD_LENGTH,
                Limits.DEFAULT_MAX_VALUE_LENGTH,
                Limits.MAX_VALUE_LENGTH
            })
    void aRecordOfAnyLengthFitsInASlotAgainAndAgain(int valueLength) throws Exception {
        EventRing.Pollers pollers = ring.newPollers();
        for (int round = 0; round < 2 * ring.capacity(); round++) {
            long ringSequence = publish(round % 2 == 0 ? valueLength : 3);
            EventSlot slot = ring.slot(ringSequence);
            assertThat(slot.recordLength()).isEqualTo(9 + (round % 2 == 0 ? valueLength : 3));
            assertThat(RecordFlyweight.defectOf(slot.recordAddress(), slot.recordLength()))
                    .isNull();
            byte[] expected = filled(round % 2 == 0 ? valueLength : 3, (byte) 'v');
            assertThat(Arrays.equals(record.wrap(slot.recordAddress()).value(), expected))
                    .isTrue();
            handleAll(pollers, Outcome.REPLACED);
        }
    }

    @Test
    void neighbouringSlotsDoNotOverlap() throws Exception {
        ring.newPollers();
        int longest = EventSlot.INLINE_LENGTH - 9;
        for (int i = 0; i < ring.capacity(); i++) {
            publish(longest, (byte) i);
        }
        for (int i = 0; i < ring.capacity(); i++) {
            assertThat(record.wrap(ring.slot(i).recordAddress()).value())
                    .hasSize(longest)
                    .containsOnly((byte) i);
        }
    }

    @Test
    void aSlotForgetsWhatItsLastEventWas() throws Exception {
        EventRing.Pollers pollers = ring.newPollers();
        publish(0);
        pollers.journal().poll((slot, ringSequence, endOfBatch) -> {
            slot.refuse(Outcome.LOG_FULL);
            return true;
        });
        assertThat(ring.slot(0).refusal()).isEqualTo(Outcome.LOG_FULL);
        pollers.stateMachine().poll(completingAll(Outcome.LOG_FULL));

        for (int i = 1; i <= ring.capacity(); i++) {
            publish(0);
            if (i == ring.capacity()) {
                assertThat(ring.slot(i).isJournaled()).isFalse();
                assertThat(ring.slot(i).refusal()).isNull();
            }
            handleAll(pollers, Outcome.CREATED);
            assertThat(ring.slot(i).isJournaled()).isTrue();
            assertThat(ring.slot(i).logSequence()).isEqualTo(i + 100);
            assertThat(ring.slot(i).timestamp()).isEqualTo(i + 1000);
        }
    }

    @Test
    void aCancelledSlotHasNoRecordAndIsRefused() throws Exception {
        EventRing.Pollers pollers = ring.newPollers();
        long ringSequence = ring.tryClaim();
        Slots.prepare(ring, ringSequence, 5_000, ring.takeWaiter(), 0);
        ring.slot(ringSequence).cancel();
        ring.publish(ringSequence);

        EventSlot slot = ring.slot(ringSequence);
        assertThat(slot.isCancelled()).isTrue();
        assertThat(slot.recordLength()).isZero();
        assertThat(slot.isJournaled()).isFalse();
        assertThat(slot.refusal()).isEqualTo(Outcome.FAILED);

        handleAll(pollers, Outcome.FAILED);
        assertThat(ring.outcomeOf(ringSequence)).isEqualTo(Outcome.FAILED);
        publish(0);
        assertThat(ring.slot(1).isCancelled()).isFalse();
    }

    @Test
    void theWaiterIsToldOnceAndOnlyItsOwnOutcome() throws Exception {
        EventRing.Pollers pollers = ring.newPollers();
        OutcomeWaiter waiter = ring.takeWaiter();
        publish(0, waiter);
        assertThat(waiter.poll()).isNull();
        handleAll(pollers, Outcome.DELETED);
        assertThat(waiter.poll()).isEqualTo(Outcome.DELETED);

        waiter.giveBack();
        assertThat(ring.takeWaiter()).isSameAs(waiter);
        assertThat(waiter.poll()).as("begins anew").isNull();
        publish(0);
        handleAll(pollers, Outcome.CREATED);
        assertThat(waiter.poll()).as("of an event that nobody waits for").isNull();
    }

    @Test
    void theNumberComesWithTheOutcome() throws Exception {
        EventRing.Pollers pollers = ring.newPollers();
        for (long number : new long[] {Long.MIN_VALUE, -1, 0, 7, Long.MAX_VALUE}) {
            OutcomeWaiter waiter = ring.takeWaiter();
            publish(0, waiter);
            pollers.journal().poll(journalingAll());
            pollers.stateMachine().poll((slot, ringSequence, endOfBatch) -> {
                ring.complete(ringSequence, Outcome.REPLACED, number);
                return true;
            });
            assertThat(waiter.poll()).isEqualTo(Outcome.REPLACED);
            assertThat(waiter.number()).isEqualTo(number);
            waiter.giveBack();
        }
    }

    @Test
    void onlyAnEventThatWantsThePreviousValueGetsIt() {
        EventRing.Pollers pollers = ring.newPollers();
        OutcomeWaiter waiter = ring.takeWaiter();
        long ringSequence = publish(0, waiter);
        assertThat(ring.slot(ringSequence).wantsValue()).isNull();
        ring.slot(ringSequence).wantPrevious();
        assertThat(ring.slot(ringSequence).wantsValue()).isSameAs(waiter);
        handleAll(pollers, Outcome.CREATED);
        waiter.giveBack();
        for (int i = 0; i < ring.capacity(); i++) {
            assertThat(ring.slot(publish(0)).wantsValue()).isNull();
            handleAll(pollers, Outcome.CREATED);
        }
    }

    @Test
    void thePreviousValueIsTheWaitersUntilItIsGivenBack() {
        EventRing.Pollers pollers = ring.newPollers();
        for (int length : new int[] {3, 0, 100_000, 2, -1, 5}) {
            OutcomeWaiter waiter = ring.takeWaiter();
            assertThat(waiter.previous()).as("begins anew").isNull();
            publish(0, waiter);
            if (length >= 0) {
                Arrays.fill(waiter.room(length), 0, length, (byte) length);
            }
            handleAll(pollers, Outcome.REPLACED);
            assertThat(waiter.previous()).isEqualTo(length < 0 ? null : filled(length, (byte) length));
            waiter.giveBack();
        }
    }

    @Test
    void aPreviousValueThatTheHeapHadNoRoomForIsMissedByItsWaiterAlone() {
        EventRing.Pollers pollers = ring.newPollers();
        OutcomeWaiter waiter = ring.takeWaiter();
        publish(0, waiter);
        waiter.lose();
        handleAll(pollers, Outcome.REPLACED);
        assertThat(waiter.poll()).isEqualTo(Outcome.REPLACED);
        assertThatThrownBy(waiter::previous).isInstanceOf(OutOfMemoryError.class);
        waiter.giveBack();
        assertThat(ring.takeWaiter().previous()).isNull();
    }

    @Test
    void aSleepingWaiterIsWokenByAnotherThread() throws Exception {
        EventRing.Pollers pollers = ring.newPollers();
        OutcomeWaiter waiter = ring.takeWaiter();
        publish(0, waiter);
        Thread handling = new Thread(() -> {
            handleAll(pollers, Outcome.ACCEPTED);
            ring.wake(1);
        });
        handling.start();
        while (waiter.poll() == null) {
            waiter.park(TimeUnit.SECONDS.toNanos(20));
        }
        assertThat(waiter.poll()).isEqualTo(Outcome.ACCEPTED);
        handling.join();
    }

    @Test
    void aWaiterSleepsNoLongerThanAsked() {
        long before = System.nanoTime();
        ring.takeWaiter().park(1_000);
        assertThat(System.nanoTime() - before).isLessThan(TimeUnit.SECONDS.toNanos(10));
    }

    @Test
    void anOutcomeCanBeAskedForUntilItsPlaceMayBeUsedAgain() throws Exception {
        EventRing wide = new EventRing(1 << 10, new YieldingWaitStrategy());
        EventRing.Pollers pollers = wide.newPollers();
        long published = 0;
        while (published < EventRing.OUTCOMES_KEPT + 5L) {
            for (int i = 0; i < wide.capacity(); i++) {
                long ringSequence = wide.tryClaim();
                wide.slot(ringSequence).prepare(wide.slot(ringSequence).inlineRecord(), 8, null, 0);
                wide.publish(ringSequence);
                published++;
            }
            pollers.journal().poll(journalingAll());
            pollers.stateMachine().poll((slot, ringSequence, endOfBatch) -> {
                wide.complete(ringSequence, Outcome.ofCode((int) (ringSequence % 7) + 1), 0);
                return true;
            });
        }
        long oldest = wide.applied() + wide.capacity() - EventRing.OUTCOMES_KEPT + 1;
        for (long ringSequence = oldest; ringSequence <= wide.applied(); ringSequence++) {
            if (wide.outcomeOf(ringSequence) != Outcome.ofCode((int) (ringSequence % 7) + 1)) {
                throw new AssertionError("outcome of " + ringSequence);
            }
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> wide.outcomeOf(oldest - 1))
                .withMessageContaining("no longer kept");
        assertThatIllegalArgumentException().isThrownBy(() -> wide.outcomeOf(0));
    }

    @Test
    void anOutcomeThatIsNotKnownYetCannotBeAskedFor() throws Exception {
        EventRing.Pollers pollers = ring.newPollers();
        publish(0);
        assertThatIllegalArgumentException().isThrownBy(() -> ring.outcomeOf(0)).withMessageContaining("not applied");
        assertThatIllegalArgumentException().isThrownBy(() -> ring.outcomeOf(-1));
        handleAll(pollers, Outcome.ABSENT);
        assertThat(ring.outcomeOf(0)).isEqualTo(Outcome.ABSENT);
        assertThatIllegalArgumentException().isThrownBy(() -> ring.outcomeOf(1));
    }

    @Test
    @Tag("R34")
    void anEventThatWasPassedOverHasNoOutcome() throws Exception {
        EventRing small = new EventRing(4, new YieldingWaitStrategy(), 16);
        EventRing.Pollers pollers = small.newPollers();
        for (long i = 0; i <= 16; i++) {
            long ringSequence = small.tryClaim();
            small.slot(ringSequence).prepare(small.slot(ringSequence).inlineRecord(), 8, null, 0);
            small.publish(ringSequence);
            pollers.journal().poll(journalingAll());
            pollers.stateMachine().poll((slot, handled, endOfBatch) -> {
                if (handled < 16) {
                    small.complete(handled, Outcome.CREATED, 0);
                }
                return true;
            });
        }
        assertThat(small.outcomeOf(15)).isEqualTo(Outcome.CREATED);
        assertThat(small.outcomeOf(16)).as("in the place of event 0").isNull();
    }

    @Test
    void memoryThatNobodyHasWrittenIsNoOutcome() {
        assertThat(Outcome.ofCode(Outcome.NONE)).isNull();
        for (Outcome outcome : Outcome.values()) {
            assertThat(outcome.code()).isNotEqualTo(Outcome.NONE);
            assertThat(Outcome.ofCode(outcome.code())).isEqualTo(outcome);
        }
    }

    @Test
    @Tag("R34")
    void aWaiterThatWasGivenBackTooEarlyIsNobodysUntilItsOutcomeIsThere() {
        EventRing.Pollers pollers = ring.newPollers();
        OutcomeWaiter left = ring.takeWaiter();
        long record = left.record(100);
        publish(0, left);
        left.giveBack();

        OutcomeWaiter next = ring.takeWaiter();
        assertThat(next).isNotSameAs(left);
        assertThat(next.record(100)).isNotEqualTo(record);
        next.giveBackUnused();

        handleAll(pollers, Outcome.CREATED);
        OutcomeWaiter again = ring.takeWaiter();
        assertThat(again).isSameAs(left);
        assertThat(again.poll()).as("begins anew").isNull();
        assertThat(again.record(100)).isEqualTo(record);
    }

    @Test
    @Tag("R33")
    void whoFindsNoWaiterGetsOneWithoutMemory() {
        int withMemory = 0;
        for (int i = 0; i < 1_000; i++) {
            OutcomeWaiter waiter = ring.takeWaiter();
            assertThat(waiter.poll()).isNull();
            if (waiter.hasRoomFor(100)) {
                withMemory++;
            }
        }
        assertThat(withMemory).isBetween(1, 64);
    }

    @Test
    @Tag("R33")
    void recordsOnTheirWayTakeNoMoreMemoryThanIsSet() throws Exception {
        EventRing.Pollers pollers = ring.newPollers();
        RecordMemory memory = ring.memory();
        int length = 6 << 20;
        long first = memory.tryTake(length);
        long second = memory.tryTake(length);
        assertThat(memory.tryTake(length)).isEqualTo(RecordMemory.FULL);
        assertThat(memory.inUse()).isEqualTo(2L * length);

        memory.free(first, length);
        long ringSequence = ring.tryClaim();
        ring.slot(ringSequence).prepareBlock(second, length, null, 0);
        ring.slot(ringSequence).cancel();
        ring.publish(ringSequence);
        handleAll(pollers, Outcome.FAILED);
        assertThat(memory.inUse()).as("given back with the outcome").isZero();

        long longest = memory.tryTake(Limits.MAX_RECORD_LENGTH);
        assertThat(longest).as("alone, any record fits").isNotEqualTo(RecordMemory.FULL);
        assertThat(memory.tryTake(300)).isEqualTo(RecordMemory.FULL);
        memory.free(longest, Limits.MAX_RECORD_LENGTH);
        assertThat(memory.inUse()).isZero();
    }

    @Test
    @Tag("R33")
    void aLongRecordComesToItsTurnHoweverManyShortOnesThereAre() {
        RecordMemory memory = ring.memory();
        int shortLength = 1 << 20;
        Object waiting = new Object();
        Object alsoWaiting = new Object();
        long first = memory.tryTake(shortLength);
        long second = memory.tryTake(shortLength);
        assertThat(memory.tryTakeBeforeOthers(Limits.MAX_RECORD_LENGTH, waiting))
                .isEqualTo(RecordMemory.FULL);

        memory.free(first, shortLength);
        assertThat(memory.tryTake(shortLength)).as("nobody overtakes it").isEqualTo(RecordMemory.FULL);
        assertThat(memory.tryTakeBeforeOthers(shortLength, alsoWaiting)).isEqualTo(RecordMemory.FULL);
        memory.free(second, shortLength);
        long longest = memory.tryTakeBeforeOthers(Limits.MAX_RECORD_LENGTH, waiting);
        assertThat(longest).isNotEqualTo(RecordMemory.FULL);

        assertThat(memory.tryTakeBeforeOthers(shortLength, alsoWaiting)).isEqualTo(RecordMemory.FULL);
        memory.free(longest, Limits.MAX_RECORD_LENGTH);
        assertThat(memory.tryTake(300)).as("another has the precedence").isEqualTo(RecordMemory.FULL);
        memory.giveUp(alsoWaiting);
        long last = memory.tryTake(300);
        assertThat(last).isNotEqualTo(RecordMemory.FULL);
        memory.free(last, 300);
    }

    @Test
    @Tag("R33")
    void whatWasPublishedStaysPublishedWhenItsSlotIsAnothers() {
        EventRing.Pollers pollers = ring.newPollers();
        long published = publish(0);
        assertThat(ring.isPublished(published)).isTrue();
        handleAll(pollers, Outcome.CREATED);
        for (int i = 1; i < ring.capacity(); i++) {
            publish(0);
        }
        long next = publish(0);
        assertThat(ring.slot(next)).isSameAs(ring.slot(published));

        assertThat(ring.isPublished(published)).isTrue();
        handleAll(pollers, Outcome.CREATED);
        assertThat(ring.isPublished(ring.tryClaim())).isFalse();
    }

    private long publish(int valueLength) {
        return publish(valueLength, (byte) 'v', null);
    }

    private long publish(int valueLength, byte value) {
        return publish(valueLength, value, null);
    }

    private long publish(int valueLength, OutcomeWaiter waiter) {
        return publish(valueLength, (byte) 'v', waiter);
    }

    private long publish(int valueLength, byte fill, OutcomeWaiter waiter) {
        byte[] value = filled(valueLength, fill);
        long ringSequence = ring.tryClaim();
        long address =
                Slots.prepare(ring, ringSequence, RecordDescriptor.recordLength(KEY.length, valueLength), waiter, 0);
        RecordEncoder.encodeSet(address, KEY, value);
        ring.publish(ringSequence);
        return ringSequence;
    }

    private static byte[] filled(int length, byte fill) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, fill);
        return bytes;
    }

    private void handleAll(EventRing.Pollers pollers, Outcome outcome) {
        try {
            pollers.journal().poll(journalingAll());
            pollers.stateMachine().poll(completingAll(outcome));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static EventPoller.Handler<EventSlot> journalingAll() {
        return (slot, ringSequence, endOfBatch) -> {
            if (!slot.isCancelled()) {
                slot.journaled(ringSequence + 100, ringSequence + 1000, 0);
            }
            return true;
        };
    }

    private EventPoller.Handler<EventSlot> completingAll(Outcome outcome) {
        return (slot, ringSequence, endOfBatch) -> {
            ring.complete(ringSequence, outcome, 0);
            return true;
        };
    }
}
