package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.EventType;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlyweight;
import dev.poro.events.SnapshotSink;
import dev.poro.events.StateSummary;
import dev.poro.events.TestScale;
import dev.poro.statemachine.RandomRecords;
import dev.poro.statemachine.SeededStateMachine;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.storage.FileSystemStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A reader gets what the state machine had at one moment, whatever happens before the reader comes to it: events of
 * every type, slow visitors, up to four readers that begin at any time, a snapshot beside them.
 */
@Tag("R24")
class EntryWalkTest {
    private static final int MAX_RECORD = 1 << 20;
    private static final long MEMORY = 16 << 20;
    private static final int WALKS = TestScale.choose(6, 60);

    /** What is under a key. */
    private record Expected(ByteBuffer value, long sequence, long expiry) {}

    @TempDir
    Path directory;

    private final long buffer = RawMemory.allocate(MAX_RECORD);
    private final RecordFlyweight record = new RecordFlyweight();
    private Random random;
    private StateMachine machine;
    private RandomRecords records;
    private long sequence;
    private long time = 1_000_000;
    private long timeOfLast;
    private CheckedSnapshot snapshot;
    private int files;
    private int complete;
    private int spilled;
    private int cleared;
    private int full;

    @AfterEach
    void giveMemoryBack() {
        RawMemory.free(buffer, MAX_RECORD);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void givesTheContentsAtOneSequence(long seed) throws IOException {
        random = new Random(seed);
        boolean hasPages = seed % 2 == 0;
        byte[][] keys = new byte[hasPages ? 15_000 : 700][];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = ByteBuffer.allocate(6).putInt(i).array();
        }
        records = new RandomRecords(random, keys, hasPages ? 40 : 4_000, true);
        try (StateMachine made = SeededStateMachine.of(MEMORY, seed)) {
            machine = made;
            RecordEncoder.encodeMemoryBudget(buffer, MEMORY);
            apply();
            change(keys.length);
            for (int walk = 0; walk < WALKS; walk++) {
                walk(1);
                change(random.nextInt(keys.length / 2));
            }
        }
        assertThat(complete).as("walks that came to their end").isGreaterThan(WALKS / 2);
        assertThat(spilled + cleared + full).as("that met with something").isPositive();
    }

    private void walk(int depth) throws IOException {
        Reader reader = new Reader(depth);
        try (EntryWalk walk = new EntryWalk(reader, reader.buffer)) {
            long of = walk.run(reader::visit);
            if (of == 0) {
                assertThat(reader.buffer.isAborted()).isTrue();
                assertThat(reader.visited).isEmpty();
                cleared++;
                return;
            }
            assertThat(of).isEqualTo(reader.sequence);
            assertThat(reader.visited).isEqualTo(reader.expected);
            complete++;
            spilled += reader.buffer.fileLength() > 0 ? 1 : 0;
        } catch (IterationFailedException e) {
            if (reader.buffer.isAborted()) {
                assertThat(e).hasMessageContaining("cleared");
                cleared++;
            } else {
                assertThat(e).hasMessageContaining("spillLimit");
                assertThat(reader.limit).isLessThan(1 << 20);
                full++;
            }
        }
    }

    /** Events of every type. */
    private void change(int count) {
        for (int i = 0; i < count; i++) {
            time += random.nextInt(3);
            byte[] next = records.next(sequence, time);
            RawMemory.copy(next, 0, buffer, next.length);
            if (!clears(record.wrap(buffer)) || random.nextInt(20) == 0) {
                apply();
            }
            if (snapshot == null && random.nextInt(100) == 0) {
                snapshot = new CheckedSnapshot();
                machine.beginSnapshot(snapshot);
            } else if (snapshot != null && i % 4 == 0 && !machine.stepSnapshot(snapshot)) {
                snapshot = null;
            }
        }
    }

    private static boolean clears(RecordFlyweight event) {
        if (event.type() != EventType.BATCH) {
            return event.type() == EventType.CLEAR;
        }
        RecordFlyweight part = new RecordFlyweight();
        long at = event.valueAddress();
        while (part.wrap(at).type() == EventType.REQUIRE) {
            at += part.length();
        }
        return part.type() == EventType.CLEAR;
    }

    private void apply() {
        machine.apply(++sequence, time, record.wrap(buffer));
        timeOfLast = time;
    }

    private Map<ByteBuffer, Expected> contents() {
        Map<ByteBuffer, Expected> contents = new HashMap<>();
        machine.forEachByExpiry((key, value, details) -> {
            if (!details.expires() || details.expiry() > timeOfLast) {
                long expiry = details.expires() ? details.expiry() : -1;
                contents.put(ByteBuffer.wrap(key), new Expected(ByteBuffer.wrap(value), details.sequence(), expiry));
            }
        });
        return contents;
    }

    /** One of up to four; events happen while it waits and while it looks at an entry. */
    private final class Reader implements EntryWalk.Source {
        private final int depth;
        private final long limit = new long[] {0, 400_000, 64 << 20, 64 << 20}[random.nextInt(4)];
        private final int slowness = 1 + random.nextInt(100);
        private final EntryBuffer buffer;
        private final Map<ByteBuffer, Expected> visited = new HashMap<>();
        private Map<ByteBuffer, Expected> expected;
        private long sequence;

        Reader(int depth) throws IOException {
            this.depth = depth;
            this.buffer = new EntryBuffer(0, limit == 0 ? null : newFile(), null);
        }

        private SpillFile newFile() throws IOException {
            return new SpillFile(new FileSystemStorage(directory).create("spill" + files++), limit);
        }

        @Override
        public void advance() {
            change(random.nextInt(20));
            if (buffer.summary() == null) {
                expected = contents();
                sequence = EntryWalkTest.this.sequence;
                machine.beginSnapshot(buffer);
                change(random.nextInt(20));
            }
            for (int steps = random.nextInt(16); steps > 0; steps--) {
                machine.stepSnapshot(buffer);
            }
        }

        void visit(byte[] key, Entry entry) {
            long expiry = entry.expiry().isPresent() ? entry.expiry().get().toEpochMilli() : -1;
            Expected found = new Expected(ByteBuffer.wrap(entry.value()), entry.sequence(), expiry);
            assertThat(visited.put(ByteBuffer.wrap(key), found))
                    .as("comes twice")
                    .isNull();
            if (random.nextInt(slowness) == 0) {
                change(random.nextInt(3));
            }
            if (visited.size() == 50 && random.nextInt(3) == 0) {
                change(2_000);
            }
            if (depth < EntryWalks.MOST && random.nextInt(4_000) == 0) {
                nest();
            }
        }

        private void nest() {
            try {
                walk(depth + 1);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public IterationFailedException failed(String why, Throwable cause) {
            return new IterationFailedException(why, cause);
        }
    }

    /** Compares nothing but the sums that the state machine keeps. */
    private static final class CheckedSnapshot implements SnapshotSink {
        private StateSummary summary;

        @Override
        public void begin(StateSummary ofState) {
            summary = ofState;
        }

        @Override
        public boolean hasRoom() {
            return true;
        }

        @Override
        public void writeLong(long value) {}

        @Override
        public void write(long address, int length) {}

        @Override
        public void abort() {}

        @Override
        public void end(long keys, long digest) {
            assertThat(keys).isEqualTo(summary.keys());
            assertThat(digest).isEqualTo(summary.digest());
        }
    }
}
