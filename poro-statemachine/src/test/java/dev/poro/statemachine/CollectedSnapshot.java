package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.EventType;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordFlyweight;
import dev.poro.events.SnapshotSink;
import dev.poro.events.StateSummary;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** Keeps what a snapshot hands out, and a copy of the state that it should be of. */
final class CollectedSnapshot implements SnapshotSink {
    /** The value of a key, the event that set it, and its expiry or {@link NewEntry#NO_EXPIRY}. */
    record Entry(ByteBuffer value, long sequence, long expiry) {}

    private final Map<ByteBuffer, Entry> expected;
    private final BooleanSupplier room;
    private final ByteArrayOutputStream stream = new ByteArrayOutputStream();
    private StateSummary summary;
    private Long latestWallClock;
    private boolean ended;
    private boolean aborted;
    private boolean dropped;
    private boolean withoutClients;
    private long keys;
    private long digest;

    /** @param room whether there is some, asked before each step */
    CollectedSnapshot(StateMachine machine, BooleanSupplier room) {
        this.expected = contentsOf(machine);
        this.room = room;
    }

    static Map<ByteBuffer, Entry> contentsOf(StateMachine machine) {
        Map<ByteBuffer, Entry> contents = new HashMap<>();
        StateMachineUnderTest real = StateMachineUnderTest.real(machine);
        machine.forEach((key, value, sequence) ->
                contents.put(ByteBuffer.wrap(key), new Entry(ByteBuffer.wrap(value), sequence, real.expiry(key))));
        return contents;
    }

    @Override
    public void latestWallClock(long millis) {
        assertThat(summary).as("begun before").isNull();
        latestWallClock = millis;
    }

    /** {@code null} if it was not told. */
    Long latestWallClock() {
        return latestWallClock;
    }

    @Override
    public void begin(StateSummary ofState) {
        summary = ofState;
    }

    @Override
    public boolean hasRoom() {
        return room.getAsBoolean();
    }

    @Override
    public boolean isWanted() {
        return !dropped;
    }

    /** Nobody wants it any more. */
    void drop() {
        dropped = true;
    }

    @Override
    public boolean wantsClients() {
        return !withoutClients;
    }

    /** As a reader takes it. */
    CollectedSnapshot withoutClients() {
        withoutClients = true;
        return this;
    }

    long digest() {
        return digest;
    }

    @Override
    public void writeLong(long value) {
        stream.writeBytes(ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array());
    }

    @Override
    public void write(long address, int length) {
        byte[] piece = new byte[length];
        RawMemory.copy(address, piece, 0, length);
        stream.writeBytes(piece);
    }

    @Override
    public void abort() {
        aborted = true;
        ended = true;
    }

    boolean isAborted() {
        return aborted;
    }

    @Override
    public void end(long keysHandedOut, long digestOfThem) {
        ended = true;
        keys = keysHandedOut;
        digest = digestOfThem;
    }

    boolean isEnded() {
        return ended;
    }

    /** Bytes handed out so far. */
    int length() {
        return stream.size();
    }

    StateSummary summary() {
        return summary;
    }

    /** Every entry is there once, as it was. */
    void requireExact(String which) {
        assertThat(ended).as(which).isTrue();
        assertThat(entries(which)).as(which).isEqualTo(expected);
        assertThat(keys).as(which).isEqualTo(summary.keys()).isEqualTo(expected.size());
        assertThat(digest).as(which).isEqualTo(summary.digest());
    }

    private Map<ByteBuffer, Entry> entries(String which) {
        Map<ByteBuffer, Entry> entries = new HashMap<>();
        forEachEntry((sequence, record) -> assertThat(entries.put(
                        ByteBuffer.wrap(record.key()),
                        new Entry(ByteBuffer.wrap(record.value()), sequence, expiryOf(record))))
                .as("%s: a key of %d bytes comes twice", which, record.keyLength())
                .isNull());
        return entries;
    }

    private static long expiryOf(RecordFlyweight record) {
        return record.flags() == 0 ? NewEntry.NO_EXPIRY : record.time();
    }

    /** Fills an empty state machine. */
    void restoreInto(StateMachine machine) {
        restoreWith(new SnapshotRestorer(machine));
    }

    void restoreWith(SnapshotRestorer restorer) {
        restorer.begin(summary);
        forEach(restorer::restore);
        restorer.end();
    }

    /** Takes an entry of a snapshot. */
    interface EntryConsumer {
        void accept(long sequence, RecordFlyweight record);
    }

    /** The entries alone, and no client before the last of them. */
    private void forEachEntry(EntryConsumer consumer) {
        long[] clients = {0};
        forEach((sequence, record) -> {
            if (record.type() == EventType.CLIENT) {
                clients[0]++;
            } else {
                assertThat(clients[0]).isZero();
                consumer.accept(sequence, record);
            }
        });
        assertThat(clients[0]).isEqualTo(summary.clients());
    }

    void forEach(EntryConsumer consumer) {
        byte[] bytes = stream.toByteArray();
        long memory = RawMemory.allocate(Math.max(1, bytes.length));
        try {
            RawMemory.copy(bytes, 0, memory, bytes.length);
            RecordFlyweight record = new RecordFlyweight();
            for (int at = 0; at < bytes.length; at += Long.BYTES + record.length()) {
                long address = memory + at + Long.BYTES;
                assertThat(RecordFlyweight.defectOf(
                                address, bytes.length - at - Long.BYTES, EventType.SNAPSHOT_VERSION))
                        .isNull();
                assertThat(record.wrap(address).type()).isIn(EventType.SET, EventType.CLIENT);
                consumer.accept(RawMemory.readLong(memory + at), record);
            }
        } finally {
            RawMemory.free(memory, Math.max(1, bytes.length));
        }
    }
}
