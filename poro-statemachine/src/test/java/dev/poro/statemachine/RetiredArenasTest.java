package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Memory comes back when nobody reads it any more, and not before. */
@Tag("R39")
class RetiredArenasTest {
    private static final long MIB = 1 << 20;

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stop() throws InterruptedException {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void areGivenBackAtOnceWhenNobodyReads() {
        StateMachine machine = filled();
        machine.get(key(1));
        Arena arena = machine.table().arena();

        machine.retire();

        assertThat(arena.state()).isEqualTo(ArenaState.DEALLOCATE);
        machine.retire();
        machine.close();
    }

    @Test
    void areGivenBackAtOnceWhenTheStateMachineMovesToALargerOne() {
        StateMachine machine = filled();
        machine.get(key(1));
        Arena arena = machine.table().arena();
        try (Events events = new Events(StateMachineUnderTest.real(machine), machine.appliedSequence() + 1)) {
            events.budget(64 * MIB);

            assertThat(arena.state()).isEqualTo(ArenaState.DEALLOCATE);
            assertThat(machine.get(key(7))).isEqualTo(key(7));
        }
    }

    @Test
    void areKeptWhileAThreadIsInsideAndGivenBackWhenTheNextIsTaken() throws Exception {
        StateMachine machine = filled();
        machine.get(key(1));
        Arena arena = machine.table().arena();
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leaves = new CountDownLatch(1);
        Future<?> visit = threads.submit(() -> machine.forEach((key, value, sequence) -> {
            inside.countDown();
            awaitUninterruptibly(leaves);
        }));
        inside.await();

        machine.retire();

        assertThat(arena.state()).isEqualTo(ArenaState.FROZEN);
        assertThatThrownBy(() -> machine.get(key(1))).isInstanceOf(StateMachineException.class);
        leaves.countDown();
        visit.get(10, TimeUnit.SECONDS);
        new StateMachine(MIB).close();
        assertThat(arena.state()).isEqualTo(ArenaState.DEALLOCATE);
    }

    /** As when the heap is used up in the midst of a look, which has given back some already. */
    @Test
    @Tag("R32")
    void aLookThatWasBrokenOffBehindAReleaseHindersNobody() throws Exception {
        StateMachine machine = filled();
        machine.get(key(1));
        Arena arena = machine.table().arena();
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leaves = new CountDownLatch(1);
        Future<?> visit = threads.submit(() -> machine.forEach((key, value, sequence) -> {
            inside.countDown();
            awaitUninterruptibly(leaves);
            throw new IllegalStateException("seen enough");
        }));
        inside.await();
        machine.retire();
        arena.release();
        leaves.countDown();
        assertThatThrownBy(() -> visit.get(10, TimeUnit.SECONDS)).hasMessageContaining("seen enough");

        assertThatCode(() -> new StateMachine(MIB).close()).doesNotThrowAnyException();
        assertThat(RetiredArenas.sweep()).isTrue();
    }

    @Test
    void stacksAreTrustedOnHotSpotOnly() {
        assertThat(List.of("OpenJDK 64-Bit Server VM", "Java HotSpot(TM) 64-Bit Server VM"))
                .allMatch(RetiredArenas::areStacksExact);
        assertThat(List.of("Eclipse OpenJ9 VM", "IBM J9 VM", "Zing 64-Bit Tiered VM", "Substrate VM", ""))
                .noneMatch(RetiredArenas::areStacksExact);
    }

    /** In checked memory, a read of what was given back throws. */
    @Test
    void areNeverReadOnceGivenBack() throws Exception {
        for (int round = 0; round < 10; round++) {
            StateMachine machine = filled();
            CountDownLatch reading = new CountDownLatch(3);
            List<Future<Long>> readers = new ArrayList<>();
            for (int reader = 0; reader < 3; reader++) {
                boolean copies = reader == 0;
                readers.add(threads.submit(() -> readUntilRefused(machine, copies, reading)));
            }
            reading.await();
            machine.retire();
            for (Future<Long> reader : readers) {
                assertThat(reader.get(10, TimeUnit.SECONDS)).isPositive();
            }
        }
    }

    private static long readUntilRefused(StateMachine machine, boolean copies, CountDownLatch reading) {
        byte[] target = new byte[4];
        for (int reads = 0; ; reads++) {
            try {
                byte[] key = key(reads % 100);
                if (copies) {
                    assertThat(machine.get(key)).isEqualTo(key);
                } else {
                    assertThat(machine.get(key, target, 0)).isEqualTo(4);
                    assertThat(target).isEqualTo(key);
                }
            } catch (StateMachineException refused) {
                return reads;
            }
            if (reads == 100) {
                reading.countDown();
            }
        }
    }

    /** Samples the stacks of threads that read in every way, until a few are of a thread inside a table. */
    @Test
    @Timeout(60)
    void everyReaderIsRecognisedByItsStack() throws Exception {
        try (StateMachine machine = filled()) {
            byte[] target = new byte[4];
            List<Runnable> reads =
                    List.of(() -> machine.get(key(1)), () -> machine.get(key(2), target, 0), machine::memoryReport);
            for (Runnable read : reads) {
                AtomicBoolean stop = new AtomicBoolean();
                Thread reader = new Thread(() -> {
                    while (!stop.get()) {
                        read.run();
                    }
                });
                reader.start();
                for (int seen = 0; seen < 20; ) {
                    StackTraceElement[] stack = reader.getStackTrace();
                    if (Arrays.stream(stack).anyMatch(RetiredArenasTest::isOfTable)) {
                        assertThat(RetiredArenas.isInside(stack))
                                .as("%s", (Object) stack)
                                .isTrue();
                        seen++;
                    }
                }
                stop.set(true);
                reader.join();
            }
        }
    }

    private static boolean isOfTable(StackTraceElement frame) {
        return frame.getClassName().equals(Table.class.getName())
                || frame.getClassName().equals(EntryReader.class.getName());
    }

    @Test
    void waitForVirtualThreads() throws Exception {
        VirtualReaders readers = new VirtualReaders();
        assertThat(readers.enter()).as("of a platform thread").isEqualTo(VirtualReaders.NOT_COUNTED);
        readers.exit(VirtualReaders.NOT_COUNTED);
        assertThat(readers.areInside()).isFalse();
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leaves = new CountDownLatch(1);

        Thread virtual = startVirtualThread(() -> {
            int stripe = readers.enter();
            inside.countDown();
            awaitUninterruptibly(leaves);
            readers.exit(stripe);
        });

        inside.await();
        assertThat(readers.areInside()).isTrue();
        leaves.countDown();
        virtual.join();
        assertThat(readers.areInside()).isFalse();
    }

    private static Thread startVirtualThread(Runnable task) {
        try {
            return (Thread)
                    Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, task);
        } catch (ReflectiveOperationException e) {
            return Assumptions.abort("this JDK has no virtual threads");
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static StateMachine filled() {
        StateMachine machine = new StateMachine(MIB);
        Events events = Events.of(machine);
        events.budget(MIB);
        for (int number = 0; number < 100; number++) {
            events.set(key(number), key(number));
        }
        return machine;
    }

    private static byte[] key(int number) {
        return ByteBuffer.allocate(4).putInt(number).array();
    }
}
