package dev.poro.wal;

import dev.poro.events.EventType;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlyweight;
import dev.poro.events.SnapshotSink;
import dev.poro.events.StateSummary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A state machine for tests of the log: a map of what the events have set, and a list of the events. */
final class ReplayedState implements LogVisitor, SnapshotSource {
    private static final int ENTRIES_PER_STEP = 8;

    private final LogVisitor alsoTold;
    private final List<Event> replayed = new ArrayList<>();
    private final List<Event> marks = new ArrayList<>();
    private final Map<ByteBuffer, Event> entries = new TreeMap<>();
    private long sequence;
    private long timestamp;
    /** Of the last event since the log was opened; {@link Long#MIN_VALUE} if there is none. */
    private long latestWallClock = Long.MIN_VALUE;

    private StateSummary loading;
    private StateSummary loaded;
    private int broken;

    private SnapshotSink sink;
    private boolean begun;
    private StateSummary handingOut;
    private final Deque<Event> toHandOut = new ArrayDeque<>();

    ReplayedState() {
        this((ignoredSequence, ignoredTimestamp, ignoredRecord) -> {});
    }

    /** @param alsoTold of every record that the log hands on */
    ReplayedState(LogVisitor alsoTold) {
        this.alsoTold = alsoTold;
    }

    @Override
    public void onRecord(long eventSequence, long eventTimestamp, RecordFlyweight record) throws IOException {
        alsoTold.onRecord(eventSequence, eventTimestamp, record);
        Event event = Event.of(eventSequence, eventTimestamp, record);
        replayed.add(event);
        apply(event);
    }

    @Override
    public void onMark(long nextSequence, long markTimestamp, RecordFlyweight mark) {
        marks.add(Event.of(nextSequence, markTimestamp, mark));
    }

    /** The marks between the events that were replayed, each with the sequence of the next event. */
    List<Event> marks() {
        return marks;
    }

    /** Applies an event that was just written, as the handler of a state machine does. */
    void apply(Event event, long latestWallClockOfIt) {
        apply(event);
        latestWallClock = latestWallClockOfIt;
    }

    void apply(Event event) {
        sequence = event.sequence();
        timestamp = event.timestamp();
        if (event.type() == EventType.SET) {
            entries.put(event.key(), event);
        } else if (event.type() == EventType.DELETE) {
            entries.remove(event.key());
        }
    }

    @Override
    public void onSnapshot(SnapshotReport snapshot) {
        loading = snapshot.summary();
    }

    @Override
    public void onEntry(long eventSequence, RecordFlyweight record) {
        Event entry = Event.of(eventSequence, 0, record);
        if (entries.put(entry.key(), entry) != null) {
            throw new IllegalStateException("a key comes twice");
        }
    }

    @Override
    public void onSnapshotEnd() {
        sequence = loading.sequence();
        timestamp = loading.timestamp();
        if (!loading.equals(summary())) {
            throw new IllegalStateException(summary() + " instead of " + loading);
        }
        loaded = loading;
    }

    @Override
    public void onSnapshotBroken() {
        broken++;
        entries.clear();
        sequence = 0;
    }

    /** The events that were replayed one by one. */
    List<Event> replayed() {
        return replayed;
    }

    /** What the snapshot says that was loaded; {@code null} if none was. */
    StateSummary loaded() {
        return loaded;
    }

    /** How many snapshots turned out to be damaged. */
    int broken() {
        return broken;
    }

    long sequence() {
        return sequence;
    }

    /** Keys and values. */
    Map<ByteBuffer, ByteBuffer> contents() {
        Map<ByteBuffer, ByteBuffer> contents = new TreeMap<>();
        entries.forEach((key, event) -> contents.put(key, event.value()));
        return contents;
    }

    StateSummary summary() {
        long digest = entries.values().stream()
                .mapToLong(event -> 31L * event.key().hashCode() + event.value().hashCode())
                .sum();
        return new StateSummary(sequence, timestamp, entries.size(), digest, 1 << 20, 4711);
    }

    @Override
    public long liveLength() {
        return entries.size() * 64L;
    }

    @Override
    public void begin(SnapshotSink to) {
        sink = to;
        begun = false;
    }

    @Override
    public boolean advance() {
        if (!begun) {
            begun = true;
            handingOut = summary();
            toHandOut.addAll(entries.values());
            if (latestWallClock != Long.MIN_VALUE) {
                sink.latestWallClock(latestWallClock);
            }
            sink.begin(handingOut);
        }
        for (int i = 0; i < ENTRIES_PER_STEP && !toHandOut.isEmpty() && sink.hasRoom(); i++) {
            handOut(toHandOut.remove());
        }
        if (toHandOut.isEmpty()) {
            sink.end(handingOut.keys(), handingOut.digest());
        }
        return true;
    }

    private void handOut(Event entry) {
        byte[] key = new byte[entry.key().remaining()];
        byte[] value = new byte[entry.value().remaining()];
        entry.key().duplicate().get(key);
        entry.value().duplicate().get(value);
        int length = RecordDescriptor.recordLength(key.length, value.length);
        long record = RawMemory.allocate(length);
        RecordEncoder.encodeSet(record, key, value);
        sink.writeLong(entry.sequence());
        sink.write(record, length);
        RawMemory.free(record, length);
    }
}
