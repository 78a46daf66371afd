package dev.poro.statemachine;

import dev.poro.events.KeyEventListener;
import dev.poro.events.Outcome;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordFlags;
import dev.poro.events.RecordFlyweight;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/**
 * What one event does to keys, in the names of Redis, for those who want to know. It collects them while the event is
 * applied, and tells them when that is done and every reader sees it. Made for one event, and only if somebody listens;
 * what it finds has no influence on the state. Single writer.
 *
 * <p>A large batch may need more of the heap for this than there is. Then nothing of it is told. An error must not
 * leave the change that it comes from half carried out, nor stop the store.
 */
final class KeyTeller {
    private final KeyEventListener listener;

    /** Tells of a batch in place of what its changes would say; {@code null} if nothing does. */
    private final Consumer<KeyEventListener> given;

    private final List<KeyEvent> events = new ArrayList<>();
    private int index;
    private boolean isLost;

    /** What has happened to a key. */
    private static final class KeyEvent {
        /** Of the change in its batch. */
        private final int index;

        private final String name;
        private final byte[] key;

        KeyEvent(int index, String name, byte[] key) {
            this.index = index;
            this.name = name;
            this.key = key;
        }

        int index() {
            return index;
        }
    }

    KeyTeller(KeyEventListener listener, Consumer<KeyEventListener> given) {
        this.listener = listener;
        this.given = given;
    }

    /** The change with this index in its batch comes: a batch is told in the order of its records. */
    void at(int indexInBatch) {
        index = indexInBatch;
    }

    /** An entry has expired and is going to be removed. */
    void expired(Entries entries, long entry) {
        try {
            if (!isLost && listener.wants("expired")) {
                byte[] key = new byte[Entries.keyLength(entry)];
                entries.copyPayload(entry, 0, key, 0, key.length);
                events.add(new KeyEvent(index, "expired", key));
            }
        } catch (OutOfMemoryError noRoom) {
            lose();
        }
    }

    /**
     * A change was carried out.
     *
     * @param hasReplacedExpired whether the entry that it has replaced or removed had expired
     */
    void changed(RecordFlyweight record, Outcome outcome, boolean hasReplacedExpired) {
        if (hasReplacedExpired) {
            add("expired", record);
        }
        if (given != null) {
            return;
        }
        if (outcome == Outcome.CREATED) {
            add("new", record);
        }
        boolean isDeleted = outcome == Outcome.DELETED;
        switch (record.type()) {
            case SET:
                set(record, outcome);
                break;
            case ADD:
                add("incrby", record);
                break;
            case SPLICE:
                add(record.spliceOffset() == RecordDescriptor.SPLICE_AT_END ? "append" : "setrange", record);
                break;
            case EXPIRE_AT:
                add(isDeleted ? "del" : setsExpiry(record) ? "expire" : "persist", record);
                break;
            default:
                if (isDeleted) {
                    add("del", record);
                }
        }
    }

    /** One whose expiry has passed leaves no entry; for Redis, it is there for a moment. */
    private void set(RecordFlyweight record, Outcome outcome) {
        if (outcome == Outcome.ABSENT) {
            add("new", record);
        }
        add("set", record);
        if (setsExpiry(record)) {
            add("expire", record);
        }
        if (outcome == Outcome.ABSENT || outcome == Outcome.DELETED) {
            add("expired", record);
        }
    }

    private static boolean setsExpiry(RecordFlyweight record) {
        int expiry = RecordFlags.expiry(record.flags());
        return expiry == RecordFlags.ABSOLUTE_EXPIRY || expiry == RecordFlags.RELATIVE_EXPIRY;
    }

    private void add(String name, RecordFlyweight record) {
        try {
            if (!isLost && listener.wants(name)) {
                byte[] key = new byte[record.keyLength()];
                RawMemory.copy(record.keyAddress(), key, 0, key.length);
                events.add(new KeyEvent(index, name, key));
            }
        } catch (OutOfMemoryError noRoom) {
            lose();
        }
    }

    private void lose() {
        isLost = true;
        events.clear();
    }

    /** The event is applied. */
    void tell(Outcome outcome) {
        try {
            tellAll(outcome);
        } catch (OutOfMemoryError noRoom) {
            lose();
        }
    }

    private void tellAll(Outcome outcome) {
        events.sort(Comparator.comparingInt(KeyEvent::index)); // is stable
        for (KeyEvent event : events) {
            listener.onKeyEvent(event.name, event.key);
        }
        if (given != null && outcome == Outcome.ACCEPTED) {
            given.accept(listener);
        }
    }
}
