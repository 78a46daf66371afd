package dev.poro.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class OutboxTest {
    private static final int NODE = 2;
    private static final long INCARNATION = 0x1234_5678_9abc_def0L;

    private final AtomicInteger wakeUps = new AtomicInteger();
    private final Outbox outbox =
            new Outbox(NODE, INCARNATION, TimeUnit.MILLISECONDS.toNanos(50), wakeUps::incrementAndGet);
    private final Deque<OutgoingMessage> queue = new ArrayDeque<>();

    private static UnsafeBuffer memory(int length) {
        UnsafeBuffer memory = new UnsafeBuffer(ByteBuffer.allocateDirect(length));
        for (int i = 0; i < length; i++) {
            memory.putByte(i, (byte) i);
        }
        return memory;
    }

    private boolean add(long correlation, UnsafeBuffer records) {
        return outbox.addRecords(correlation, records.addressOffset(), records.capacity());
    }

    @Test
    void numbersMessagesInTheirOrderAndCopiesTheirRecords() {
        UnsafeBuffer records = memory(1_000);
        assertThat(add(77, records)).isTrue();
        records.setMemory(0, 1_000, (byte) 0);
        assertThat(outbox.addMessage("news".getBytes(StandardCharsets.UTF_8), new byte[] {1, 2}))
                .isTrue();
        assertThat(outbox.isEmpty()).isFalse();

        assertThat(outbox.moveTo(queue)).isEqualTo(2);

        assertThat(outbox.isEmpty()).isTrue();
        assertThat(wakeUps).hasValue(2);
        OutgoingMessage first = queue.removeFirst();
        assertThat(first.number()).isEqualTo(1);
        assertThat(first.correlation()).isEqualTo(77);
        assertThat(first.length()).isEqualTo(MessageDescriptor.HEADER_LENGTH + 1_000);
        first.setEpoch(9);
        assertThat(MessageDescriptor.version(first.buffer(), 0)).isEqualTo(MessageDescriptor.VERSION);
        assertThat(MessageDescriptor.kind(first.buffer(), 0)).isEqualTo(MessageDescriptor.RECORDS);
        assertThat(MessageDescriptor.node(first.buffer(), 0)).isEqualTo(NODE);
        assertThat(MessageDescriptor.incarnation(first.buffer(), 0)).isEqualTo(INCARNATION);
        assertThat(MessageDescriptor.epoch(first.buffer(), 0)).isEqualTo(9);
        assertThat(MessageDescriptor.number(first.buffer(), 0)).isEqualTo(1);
        assertThat(MessageDescriptor.correlation(first.buffer(), 0)).isEqualTo(77);
        for (int i = 0; i < 1_000; i++) {
            assertThat(first.buffer().getByte(MessageDescriptor.HEADER_LENGTH + i))
                    .isEqualTo((byte) i);
        }
        assertThat(queue.removeFirst().number()).isEqualTo(2);
    }

    @Test
    void sharesABarrierUntilItIsTaken() {
        long first = outbox.addBarrier();
        assertThat(outbox.addBarrier()).isEqualTo(first);
        outbox.moveTo(queue);
        assertThat(outbox.addBarrier()).isGreaterThan(first);
        assertThat(queue).hasSize(1);
    }

    @Test
    void takesBackWhatHasComeBack() {
        for (int i = 0; i < 5; i++) {
            add(i, memory(8));
        }
        outbox.moveTo(queue);
        assertThat(outbox.giveBackUpTo(3, queue)).isEqualTo(3);
        assertThat(queue).hasSize(2);
        assertThat(queue.getFirst().number()).isEqualTo(4);
    }

    @Test
    void waitsForRoomAndNotForEver() throws Exception {
        UnsafeBuffer large = memory(16 << 20);
        for (int i = 0; i < 3; i++) {
            assertThat(add(i, large)).isTrue();
        }
        assertThat(add(3, large)).as("64 MiB are on their way").isFalse();
        Outbox patient = new Outbox(NODE, INCARNATION, TimeUnit.MINUTES.toNanos(1), () -> {});
        for (int i = 0; i < 3; i++) {
            patient.addRecords(i, large.addressOffset(), large.capacity());
        }
        CompletableFuture<Boolean> added =
                CompletableFuture.supplyAsync(() -> patient.addRecords(3, large.addressOffset(), large.capacity()));
        patient.moveTo(queue);
        patient.giveBack(queue.removeFirst());
        assertThat(added.get(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void takesNothingOnceItIsClosed() {
        outbox.close();
        assertThat(add(1, memory(8))).isFalse();
        assertThat(outbox.addBarrier()).isZero();
        assertThat(outbox.addMessage(new byte[0], new byte[0])).isFalse();
    }

    /** Each round makes other ones of the free messages long. */
    @Test
    void keepsLittleMemoryForMessagesToComeHoweverLongTheyWere() {
        UnsafeBuffer small = memory(16);
        UnsafeBuffer large = memory(60 << 10);
        int most = 4_000;
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < most; i++) {
                assertThat(add(1, i / 200 == round ? large : small)).isTrue();
            }
            outbox.moveTo(queue);
            assertThat(outbox.giveBackUpTo(Long.MAX_VALUE, queue)).isEqualTo(most);
            assertThat(outbox.freeBytes()).as("round %d", round).isBetween(256L, Outbox.MOST_FREE_BYTES);
        }
    }

    /** What is given up makes room one after the other; whoever fits goes on. */
    @Test
    void aLongMessageThatIsGivenBackMakesRoomForAllThatFit() throws Exception {
        Outbox patient = new Outbox(NODE, INCARNATION, TimeUnit.SECONDS.toNanos(30), wakeUps::incrementAndGet);
        UnsafeBuffer all = memory((int) Outbox.MOST_BYTES - MessageDescriptor.HEADER_LENGTH);
        assertThat(patient.addRecords(1, all.addressOffset(), all.capacity())).isTrue();
        UnsafeBuffer small = memory(16);
        List<CompletableFuture<Boolean>> waiting = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            CompletableFuture<Boolean> added = new CompletableFuture<>();
            Thread thread =
                    new Thread(() -> added.complete(patient.addRecords(2, small.addressOffset(), small.capacity())));
            thread.start();
            threads.add(thread);
            waiting.add(added);
        }
        while (!threads.stream().allMatch(thread -> thread.getState() == Thread.State.TIMED_WAITING)) {
            Thread.onSpinWait();
        }
        patient.moveTo(queue);
        patient.giveBack(queue.removeFirst());
        for (CompletableFuture<Boolean> added : waiting) {
            assertThat(added.get(10, TimeUnit.SECONDS)).isTrue();
        }
    }
}
