package dev.poro.statemachine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.events.EventType;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads that never find their stripe at rest. A stamp that the test leaves odd stands for changes without end. */
@Tag("R33")
class StarvedReadsTest {
    private static final byte[] KEY = "hot".getBytes(UTF_8);
    private static final byte[] OTHER = "other".getBytes(UTF_8);

    private final StateMachine machine = new StateMachine(0, 1);
    private final Events events = Events.of(machine);
    private final ExecutorService readers = Executors.newCachedThreadPool();

    @BeforeEach
    void set() {
        events.budget(32 << 20);
        events.set(OTHER, OTHER);
    }

    @AfterEach
    void close() throws InterruptedException {
        readers.shutdownNow();
        assertThat(readers.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        events.close();
    }

    @ParameterizedTest(name = "{0} bytes")
    @ValueSource(ints = {0, 10, 4096, 4097, 65_536, 1_000_000})
    void areDoneByTheWriter(int length) throws Exception {
        byte[] value = StateMachineContract.pattern(length, 1);
        events.set(KEY, value);
        beginToChange(KEY);

        assertThat(whileEventsAreApplied(() -> machine.get(KEY))).isEqualTo(value);
        byte[] target = new byte[length + 5];
        assertThat(whileEventsAreApplied(() -> machine.get(KEY, target, 3))).isEqualTo(length);
        assertThat(Arrays.copyOfRange(target, 3, length + 3)).isEqualTo(value);
    }

    @Test
    void findThatAKeyIsAbsent() throws Exception {
        beginToChange(KEY);

        assertThat(whileEventsAreApplied(() -> machine.get(KEY))).isNull();
        assertThat(whileEventsAreApplied(() -> machine.get(KEY, new byte[1], 0)))
                .isEqualTo(EntryReader.ABSENT_LENGTH);
    }

    @Test
    void copyWhatFits() throws Exception {
        events.set(KEY, StateMachineContract.pattern(100_000, 1));
        beginToChange(KEY);
        byte[] target = new byte[10];

        assertThat(whileEventsAreApplied(() -> machine.get(KEY, target, 4))).isEqualTo(100_000);
        assertThat(Arrays.copyOfRange(target, 4, 10)).isEqualTo(StateMachineContract.pattern(6, 1));
    }

    @Test
    void succeedByThemselvesOnceNothingChanges() throws Exception {
        events.set(KEY, KEY);
        beginToChange(KEY);
        Future<byte[]> read = readers.submit(() -> machine.get(KEY));
        new StripedSeqLock(machine.table().arena()).end(machine.hash(KEY));

        assertThat(read.get(10, TimeUnit.SECONDS)).isEqualTo(KEY);
    }

    @Test
    @Tag("R32")
    void endWhenAChangeHasFailedHalfway() throws Exception {
        events.set(KEY, KEY);
        beginToChange(KEY);
        Future<byte[]> read = readers.submit(() -> machine.get(KEY));

        assertThatThrownBy(() -> events.mark(EventType.DIGEST_MARK, 1, 2, 3)).isInstanceOf(StateMachineException.class);

        assertThatThrownBy(() -> read.get(10, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasRootCauseInstanceOf(StateMachineException.class)
                .hasMessageContaining("failed halfway");
        assertThatThrownBy(() -> machine.get(KEY)).hasMessageContaining("failed halfway");
        assertThat(machine.get(OTHER)).isEqualTo(OTHER);
    }

    @Test
    @Tag("R32")
    void endWhenTheStoreIsClosed() {
        events.set(KEY, KEY);
        beginToChange(KEY);
        Future<byte[]> read = readers.submit(() -> machine.get(KEY));

        machine.retire();

        assertThatThrownBy(() -> read.get(10, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("closed");
    }

    private void beginToChange(byte[] key) {
        new StripedSeqLock(machine.table().arena()).begin(machine.hash(key));
    }

    /** The writer goes on with other keys until the read is done. */
    private <T> T whileEventsAreApplied(Supplier<T> read) throws Exception {
        CompletableFuture<T> result = CompletableFuture.supplyAsync(read, readers);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!result.isDone() && System.nanoTime() < deadline) {
            events.set(OTHER, OTHER);
        }
        return result.get(0, TimeUnit.SECONDS);
    }
}
