package dev.poro.engine;

import dev.poro.engine.tools.LogEvents;
import dev.poro.engine.tools.RecordFields;
import dev.poro.events.EventType;
import dev.poro.events.RecordFlyweight;
import dev.poro.statemachine.NaiveStateMachine;
import dev.poro.wal.RestorePoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeSet;

/**
 * All that happened in a log, as a naive state machine sees it: the contents after each event, and the changes, which
 * are how the contents before and after an event differ. So it knows nothing of changes that are handed out.
 */
final class HistoryModel {
    private final NaiveStateMachine naive = new NaiveStateMachine();
    /** After the event whose sequence is the index; first of all before the first event. */
    private final List<State> states = new ArrayList<>(List.of(new State(0, Long.MIN_VALUE, Map.of())));

    private final List<ModelChange> changes = new ArrayList<>();
    private long latestWallClock = Long.MIN_VALUE;

    /** @param latestWallClock up to the event */
    private record State(long time, long latestWallClock, Map<ByteBuffer, ModelEntry> contents) {}

    record ModelEntry(ByteBuffer value, long sequence, OptionalLong expiry) {
        boolean isPresentAt(long time) {
            return expiry.isEmpty() || expiry.getAsLong() > time;
        }

        @Override
        public String toString() {
            return hex(value) + " of " + sequence + " until " + expiry;
        }
    }

    /** @param text all that is known of it, but for the index */
    record ModelChange(long sequence, Change.Kind kind, ByteBuffer key, String text) {}

    /** Reads the events that are new. */
    void read(Path log) throws IOException {
        LogEvents.records(log, this::onRecord, Progress.NONE);
    }

    private void onRecord(long sequence, boolean isEvent, long timestamp, long wallClock, RecordFlyweight record) {
        if (sequence < states.size() && isEvent) {
            return;
        }
        latestWallClock = Math.max(latestWallClock, wallClock);
        if (!isEvent) {
            return;
        }
        Map<ByteBuffer, ModelEntry> before = contents(sequence - 1);
        naive.apply(sequence, timestamp, record);
        Map<ByteBuffer, ModelEntry> after = new HashMap<>();
        naive.forEach((key, value, written) -> {
            after.put(ByteBuffer.wrap(key), new ModelEntry(ByteBuffer.wrap(value), written, naive.expiryOf(key)));
        });
        states.add(new State(timestamp, latestWallClock, after));
        addChanges(sequence, timestamp, clears(record), before, after);
    }

    private static boolean clears(RecordFlyweight record) {
        return record.type() == EventType.CLEAR
                || RecordFields.partsOf(record).stream().anyMatch(part -> part.type() == EventType.CLEAR);
    }

    private void addChanges(
            long sequence,
            long time,
            boolean clears,
            Map<ByteBuffer, ModelEntry> before,
            Map<ByteBuffer, ModelEntry> after) {
        boolean isCleared = clears && !before.isEmpty() && !before.equals(after);
        if (isCleared) {
            add(sequence, time, Change.Kind.CLEARED, ByteBuffer.allocate(0), null, 0, null);
        }
        TreeSet<ByteBuffer> keys = new TreeSet<>(before.keySet());
        keys.addAll(after.keySet());
        for (ByteBuffer key : keys) {
            ModelEntry was = isCleared ? null : before.get(key);
            ModelEntry is = after.get(key);
            ModelEntry live = was != null && was.isPresentAt(time) ? was : null;
            if (is != null && is.sequence() == sequence) {
                add(sequence, time, Change.Kind.SET, key, is, live == null ? 0 : live.sequence(), live);
            } else if (was != null && is == null) {
                Change.Kind kind = live == null ? Change.Kind.EXPIRED : Change.Kind.DELETE;
                add(sequence, time, kind, key, null, was.sequence(), was);
            }
        }
    }

    private void add(
            long sequence,
            long time,
            Change.Kind kind,
            ByteBuffer key,
            ModelEntry is,
            long previous,
            ModelEntry before) {
        String text = String.join(
                " ",
                sequence + " " + kind,
                hex(key),
                is == null ? "-" : hex(is.value()) + " until " + is.expiry(),
                "previous " + previous,
                "at " + time + " " + latestWallClock,
                "was " + (before == null ? "-" : hex(before.value())));
        changes.add(new ModelChange(sequence, kind, key, text));
    }

    /** A change as the text of the model. */
    static String text(Change change, byte[] before) {
        OptionalLong expiry = change.expiry() == null
                ? OptionalLong.empty()
                : OptionalLong.of(change.expiry().toEpochMilli());
        return String.join(
                " ",
                change.sequence() + " " + change.kind(),
                hex(change.key()),
                change.value() == null ? "-" : hex(change.value()) + " until " + expiry,
                "previous " + change.previous(),
                "at " + change.logTime().toEpochMilli() + " "
                        + change.wallTime().toEpochMilli(),
                "was " + (before == null ? "-" : hex(before)));
    }

    /** The changes from a sequence on of keys with a prefix. */
    List<String> changes(long from, byte[] prefix) {
        return changes.stream()
                .filter(change -> change.sequence() >= from)
                .filter(change -> change.kind() == Change.Kind.CLEARED || startsWith(change.key(), prefix))
                .map(ModelChange::text)
                .toList();
    }

    /** The last changes of a key after a sequence; CLEARED if the key was present. */
    List<String> history(byte[] key, int limit, long after) {
        ByteBuffer wanted = ByteBuffer.wrap(key);
        List<String> found = changes.stream()
                .filter(change -> change.sequence() > after)
                .filter(change -> change.kind() == Change.Kind.CLEARED
                        ? isPresentBefore(wanted, change.sequence())
                        : change.key().equals(wanted))
                .map(ModelChange::text)
                .map(HistoryModel::withoutBefore)
                .toList();
        return found.subList(Math.max(0, found.size() - limit), found.size());
    }

    static String withoutBefore(String text) {
        return text.replaceFirst(" was .*", "");
    }

    private boolean isPresentBefore(ByteBuffer key, long sequence) {
        ModelEntry entry = contents(sequence - 1).get(key);
        return entry != null && entry.isPresentAt(states.get((int) sequence).time());
    }

    private static boolean startsWith(ByteBuffer key, byte[] prefix) {
        return key.remaining() >= prefix.length && key.slice(0, prefix.length).equals(ByteBuffer.wrap(prefix));
    }

    /** Whether an event has changed anything. */
    boolean hasChanged(long sequence) {
        return changes.stream().anyMatch(change -> change.sequence() == sequence);
    }

    long lastSequence() {
        return states.size() - 1L;
    }

    /** The latest that the wall clock had shown up to an event. */
    long wallClockAt(long sequence) {
        return states.get((int) sequence).latestWallClock();
    }

    /** The last event up to a point; 0 if it is before the first. */
    long sequenceAt(RestorePoint point) {
        if (point.isOfSequence()) {
            return point.sequence();
        }
        long sequence = 0;
        while (sequence < lastSequence() && wallClockAt(sequence + 1) <= point.time()) {
            sequence++;
        }
        return sequence;
    }

    /** What was present at a point of keys with a prefix. */
    Map<String, String> contentsAt(RestorePoint point, byte[] prefix) {
        long sequence = sequenceAt(point);
        long logTime = states.get((int) sequence).time();
        long time = point.isOfSequence() ? logTime : Math.max(logTime, point.time());
        Map<String, String> present = new HashMap<>();
        contents(sequence).forEach((key, entry) -> {
            if (entry.isPresentAt(time) && startsWith(key, prefix)) {
                present.put(hex(key), entry.toString());
            }
        });
        return present;
    }

    /** An entry as the text of the model. */
    static String text(Entry entry) {
        OptionalLong expiry =
                entry.expiry().stream().mapToLong(Instant::toEpochMilli).findFirst();
        return new ModelEntry(ByteBuffer.wrap(entry.value()), entry.sequence(), expiry).toString();
    }

    private Map<ByteBuffer, ModelEntry> contents(long sequence) {
        return states.get((int) sequence).contents();
    }

    private static String hex(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return hex(copy);
    }

    static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
