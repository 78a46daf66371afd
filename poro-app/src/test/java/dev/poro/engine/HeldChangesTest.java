package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.poro.events.EventRing;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What {@link Poro#holdChanges}, {@link Poro#watch} and {@link Poro#stamp} promise.
 *
 * @see ChangeHold
 * @see KeyWatch
 * @see PublishGate
 */
@SuppressWarnings("try") // to be held is all that some resources are for
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class HeldChangesTest {
    private static final byte[] KEY = "key".getBytes(StandardCharsets.UTF_8);
    private static final byte[] VALUE = "value".getBytes(StandardCharsets.UTF_8);

    @TempDir
    private Path directory;

    private final ExecutorService others = Executors.newCachedThreadPool();

    @AfterEach
    void endOthers() {
        others.shutdownNow();
    }

    private Poro open(Threading threading) {
        return Poro.at(directory.resolve("poro.wal"))
                .threading(threading)
                .sync(SyncPolicy.OS)
                .memory(16 << 20)
                .open();
    }

    /** A counter that is read and set, without a condition, loses no count while changes are held. */
    @ParameterizedTest
    @EnumSource(Threading.class)
    void letsOneThreadChangeAlone(Threading threading) throws Exception {
        int rounds = 300;
        try (Poro poro = open(threading)) {
            AtomicBoolean isOver = new AtomicBoolean();
            List<Future<?>> counters = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                counters.add(others.submit(() -> {
                    for (int round = 0; round < rounds; round++) {
                        countAlone(poro);
                    }
                }));
            }
            Future<Long> adder = others.submit(() -> {
                long added = 0;
                for (; !isOver.get(); added++) {
                    addInOneOfManyWays(poro, added);
                    poro.setAsync(KEY, VALUE);
                }
                return added;
            });
            for (Future<?> counter : counters) {
                counter.get();
            }
            isOver.set(true);
            long added = adder.get();

            assertThat(poro.get("n")).isEqualTo(Long.toString(2L * rounds + added));
        }
    }

    private static void addInOneOfManyWays(Poro poro, long turn) {
        byte[] counter = "n".getBytes(StandardCharsets.UTF_8);
        if (turn % 3 == 0) {
            poro.add(counter, 1);
        } else if (turn % 3 == 1) {
            poro.add(ByteBuffer.wrap(counter), 1);
        } else {
            try (Pipeline pipeline = poro.pipeline()) {
                pipeline.set(KEY, VALUE);
                pipeline.add(counter, 1);
                pipeline.execute();
            }
        }
    }

    private static void countAlone(Poro poro) {
        try (ChangeHold hold = poro.holdChanges();
                ChangeHold again = poro.holdChanges()) {
            long sequence = poro.sequence();
            String value = poro.get("n");
            long count = value == null ? 0 : Long.parseLong(value);
            poro.set("n", Long.toString(count + 1));
            assertThat(poro.sequence()).isEqualTo(sequence + 1);
        }
    }

    /** Whoever waits holds no memory for records, of which there are 16 MiB, that the one who changes alone needs. */
    @Test
    void leavesMemoryToTheOneThatChangesAlone() throws Exception {
        byte[] value = new byte[1 << 20];
        try (Poro poro = open(Threading.CALLER)) {
            AtomicLong stored = new AtomicLong();
            List<Future<?>> waiting = new ArrayList<>();
            Future<?> alone = others.submit(() -> {
                try (ChangeHold hold = poro.holdChanges()) {
                    for (int i = 0; i < 18; i++) {
                        waiting.add(others.submit(() -> {
                            poro.set(KEY, value);
                            stored.incrementAndGet();
                        }));
                    }
                    for (int i = 0; i < 100; i++) {
                        poro.set(KEY, value);
                    }
                    assertThat(stored).hasValue(0);
                }
            });

            alone.get(30, TimeUnit.SECONDS);
            for (Future<?> each : waiting) {
                each.get();
            }
            assertThat(stored).hasValue(18);
        }
    }

    /**
     * Whoever claims a slot asks whether the gate is shut, but for a mark and an empty slot, which change nothing; and
     * for a message that a cluster has ordered: whoever sent it has asked.
     */
    @Test
    void thereIsNoOtherWayIntoTheRing() {
        Set<String> ways = new ClassFileImporter()
                .importUrl(Poro.class.getProtectionDomain().getCodeSource().getLocation()).stream()
                        .flatMap(each -> each.getMethodCallsFromSelf().stream())
                        .filter(call -> call.getTargetOwner().getName().equals(EventRing.class.getName()))
                        .filter(call -> call.getName().equals("tryClaim"))
                        .map(call -> call.getOriginOwner().getSimpleName() + "."
                                + call.getOrigin().getName())
                        .collect(Collectors.toSet());

        assertThat(ways)
                .containsExactlyInAnyOrder(
                        "Publisher.claimEvenIfClosing",
                        "Publisher.awaitSlot",
                        "Publisher.tryClaimPart",
                        "Publisher.mark",
                        "Replica.claim",
                        "SnapshotDriver.advance");
    }

    @Test
    void doesNotKeepAStoreFromClosing() throws Exception {
        Poro poro = open(Threading.CALLER);
        Future<?> waiting;
        try (ChangeHold hold = poro.holdChanges()) {
            waiting = others.submit(() -> poro.set(KEY, VALUE));
            others.submit(poro::close).get();
            assertThatThrownBy(() -> poro.set(KEY, VALUE)).isInstanceOf(StoreClosedException.class);
        }
        assertThatThrownBy(waiting::get).hasCauseInstanceOf(StoreClosedException.class);
        assertThatThrownBy(poro::holdChanges).isInstanceOf(StoreClosedException.class);
    }

    /** The thread that removes expired keys waits at the gate: it ends all the same, and does not wait for the hold. */
    @ParameterizedTest
    @EnumSource(Threading.class)
    void doesNotKeepAStoreFromClosingWhoseKeysExpire(Threading threading) throws Exception {
        Poro poro = open(threading);
        poro.set(KEY, VALUE, Duration.ofMillis(1));
        poro.set(new byte[] {1}, VALUE, Duration.ofMillis(300));
        try (ChangeHold hold = poro.holdChanges()) {
            Thread.sleep(700);
            others.submit(poro::close).get(10, TimeUnit.SECONDS);
            assertThatThrownBy(() -> poro.set(KEY, VALUE)).isInstanceOf(StoreClosedException.class);
        }
    }

    /** A slot that is claimed and cancelled after the close is never handled: whoever waits to hold must not wait. */
    @ParameterizedTest
    @EnumSource(Threading.class)
    void aHoldThatComesTooLateDoesNotWait(Threading threading) throws Exception {
        Poro poro = open(threading);
        Future<?> late;
        try (ChangeHold hold = poro.holdChanges()) {
            late = others.submit(() -> poro.holdChanges().close());
            Thread.sleep(200);
            others.submit(poro::close).get(10, TimeUnit.SECONDS);
            cancelOne(poro);
        }
        Future<?> waiting = late;
        assertThatThrownBy(() -> waiting.get(10, TimeUnit.SECONDS)).hasCauseInstanceOf(StoreClosedException.class);
    }

    /** As a publisher does that has asked whether the store is open just before it was closed. */
    private static void cancelOne(Poro poro) throws ReflectiveOperationException {
        Field field = Poro.class.getDeclaredField("ring");
        field.setAccessible(true);
        EventRing ring = (EventRing) field.get(poro);
        long ringSequence = ring.tryClaim();
        ring.slot(ringSequence).cancel();
        ring.publish(ringSequence);
    }

    @Test
    void watchesKeysThatAreThereOrNot() {
        try (Poro poro = open(Threading.CALLER)) {
            KeyWatch absent = poro.watch(KEY);
            assertThat(absent.isVersionEnough()).isFalse();
            poro.set("other", "v");
            poro.delete(KEY);
            assertThat(absent.hasChanged()).isFalse();
            poro.set(KEY, VALUE);
            assertThat(absent.hasChanged()).isTrue();

            KeyWatch present = poro.watch(KEY);
            assertThat(present.isVersionEnough()).isTrue();
            assertThat(present.sequence()).isEqualTo(poro.sequence());
            assertThat(present.hasChanged()).isFalse();
            poro.delete(KEY);
            assertThat(absent.hasChanged()).isTrue();
            assertThat(present.hasChanged()).isTrue();
        }
    }

    @Test
    void stampsAreTheSameOnlyWhileTheKeyIs() {
        try (Poro poro = open(Threading.CALLER)) {
            long first = poro.stamp(KEY);
            assertThat(first).isNotNegative();
            assertThat(poro.stamp(KEY)).isEqualTo(first);
            poro.set(KEY, VALUE);
            poro.delete(KEY);
            assertThat(poro.stamp(KEY)).isNotEqualTo(first).isNotNegative();
        }
    }

    @Test
    void waitsUntilAllChangesAreDurable() {
        try (Poro poro = Poro.at(directory.resolve("poro.wal"))
                .sync(SyncPolicy.EVERYSEC)
                .memory(16 << 20)
                .open()) {
            poro.set(KEY, VALUE);

            assertThat(poro.awaitDurable(Duration.ofSeconds(50))).isTrue();
            assertThat(poro.durableSequence()).isEqualTo(poro.sequence());
        }
    }
}
