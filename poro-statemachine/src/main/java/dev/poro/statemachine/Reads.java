package dev.poro.statemachine;

import dev.poro.events.RawMemory;
import java.lang.ref.Reference;
import java.util.Arrays;

/**
 * Reads from the current table, on any thread, without a lock. A reader that the writer keeps disturbing asks the
 * writer to do the read. Allocates nothing but the copies.
 *
 * <p>Thread-safe; only the writer calls {@link #answer} and {@link #changeFailed}.
 */
final class Reads {
    /** The length of value that the first request to the writer has room for. */
    private static final int USUAL_VALUE_LENGTH = 4096;

    private static final int ROUNDS_PER_ATTEMPT = 64;
    private static final long NO_STAMP = -1;

    private final CurrentTable table;
    private final ReaderRequests requests = new ReaderRequests();

    /** Whether a change failed halfway. The stripes that it changed may stay closed to readers. */
    private volatile boolean failed;

    Reads(CurrentTable table) {
        this.table = table;
    }

    /**
     * A copy of the value, or {@code null} if the key is absent.
     *
     * @param details where to put the rest of what the entry holds; {@code null} if nobody wants it
     */
    byte[] read(long hash, byte[] keyArray, long keyAt, int keyLength, EntryDetails details) {
        byte[] value = readCopy(hash, keyArray, keyAt, keyLength, details);
        return value == EntryReader.IN_VAIN ? readByWriter(hash, copyOf(keyArray, keyAt, keyLength), details) : value;
    }

    /** The writer reads a copy of the key: the reader may give up and use its memory for something else. */
    private static byte[] copyOf(byte[] keyArray, long keyAt, int keyLength) {
        byte[] key = new byte[keyLength];
        if (keyArray == null) {
            RawMemory.copy(keyAt, key, 0, keyLength);
        } else {
            System.arraycopy(keyArray, (int) keyAt, key, 0, keyLength);
        }
        return key;
    }

    /**
     * Copies as much of the value as there is room for. Returns its whole length, or {@link EntryReader#ABSENT_LENGTH}.
     * Where key and value are: {@link EntryReader}.
     */
    int read(
            long hash,
            byte[] keyArray,
            long keyAt,
            int keyLength,
            byte[] target,
            long targetAt,
            int room,
            EntryDetails details) {
        int length = readInto(hash, keyArray, keyAt, keyLength, target, targetAt, room, details);
        if (length != EntryReader.VAIN_LENGTH) {
            return length;
        }
        byte[] value = readByWriter(hash, copyOf(keyArray, keyAt, keyLength), details);
        if (value == null) {
            return EntryReader.ABSENT_LENGTH;
        }
        int copied = Math.min(value.length, room);
        if (target == null) {
            RawMemory.copy(value, 0, targetAt, copied);
        } else {
            System.arraycopy(value, 0, target, (int) targetAt, copied);
        }
        return value.length;
    }

    /** All uses of a table by readers are in methods that {@link RetiredArenas} knows by name. */
    private byte[] readCopy(long hash, byte[] keyArray, long keyAt, int keyLength, EntryDetails details) {
        int reader = table.enter();
        Table current = null;
        try {
            current = table.forReading();
            if (current == null) {
                return null;
            }
            return current.reader().read(hash, keyArray, keyAt, keyLength, details);
        } finally {
            Reference.reachabilityFence(current);
            table.exit(reader);
        }
    }

    private int readInto(
            long hash,
            byte[] keyArray,
            long keyAt,
            int keyLength,
            byte[] target,
            long targetAt,
            int room,
            EntryDetails details) {
        int reader = table.enter();
        Table current = null;
        try {
            current = table.forReading();
            if (current == null) {
                return EntryReader.ABSENT_LENGTH;
            }
            return current.reader().read(hash, keyArray, keyAt, keyLength, target, targetAt, room, details);
        } finally {
            Reference.reachabilityFence(current);
            table.exit(reader);
        }
    }

    /**
     * Loads what reads of these hashes will need into the caches, without waiting for one after the other: first the
     * index for all of them, then the entries. What it returns means nothing, and must be used.
     */
    long prefetch(long[] hashes, int count) {
        int reader = table.enter();
        Table current = null;
        try {
            current = table.forReading();
            long loaded = 0;
            if (current != null) {
                for (int i = 0; i < count; i++) {
                    loaded += current.reader().touchIndex(hashes[i]);
                }
                for (int i = 0; i < count; i++) {
                    loaded += current.reader().touchEntry(hashes[i]);
                }
            }
            return loaded;
        } finally {
            Reference.reachabilityFence(current);
            table.exit(reader);
        }
    }

    /** The stamp of the stripe of a key; negative if it goes on changing, or there is no table. */
    long readStamp(long hash) {
        int reader = table.enter();
        Table current = null;
        try {
            current = table.forReading();
            long stamp = current == null ? NO_STAMP : current.stamps().read(hash);
            return StripedSeqLock.isChanging(stamp) ? NO_STAMP : stamp;
        } finally {
            Reference.reachabilityFence(current);
            table.exit(reader);
        }
    }

    /** How the memory is used, given the budget and the sum of the charges. */
    MemoryReport readReport(long budget, long used) {
        int reader = table.enter();
        Table current = null;
        try {
            current = table.forReading();
            if (current == null) {
                return MemoryReport.empty(budget);
            }
            return current.report(budget, used);
        } finally {
            Reference.reachabilityFence(current);
            table.exit(reader);
        }
    }

    /**
     * Asks the writer, which answers after its next event. If there is no next event, nothing changes, and one of the
     * attempts that are made meanwhile succeeds.
     */
    private byte[] readByWriter(long hash, byte[] key, EntryDetails details) {
        int length = USUAL_VALUE_LENGTH;
        while (!failed) {
            ReaderRequest.OfValue request = requests.add(new ReaderRequest.OfValue(hash, key, length));
            for (int round = 1; !failed && !request.isDone(); round++) {
                ReaderRequests.pause(round);
                byte[] value = round % ROUNDS_PER_ATTEMPT == 0
                        ? readCopy(hash, key, 0, key.length, details)
                        : EntryReader.IN_VAIN;
                if (value != EntryReader.IN_VAIN) {
                    request.giveUp();
                    return value;
                }
            }
            if (request.isDone()) {
                length = request.length();
                if (length <= request.target().length) {
                    if (details != null) {
                        details.set(request.details());
                    }
                    return length == EntryReader.ABSENT_LENGTH ? null : Arrays.copyOf(request.target(), length);
                }
            }
        }
        return readAfterFailure(hash, key, details);
    }

    /**
     * Adds the entries of the next step of a scan, and moves the position behind it.
     *
     * @return whether the position is not the end
     */
    boolean readStep(ScanPosition position, ScannedEntries entries) {
        if (!readEntries(position, entries)) {
            readEntriesByWriter(position, entries);
        }
        return !position.isEnd();
    }

    private boolean readEntries(ScanPosition position, ScannedEntries entries) {
        int reader = table.enter();
        Table current = null;
        try {
            current = table.forReading();
            if (current == null) {
                position.end();
                return true;
            }
            return current.scanReader().read(position, entries);
        } finally {
            Reference.reachabilityFence(current);
            table.exit(reader);
        }
    }

    /** As {@link #readByWriter}. */
    private void readEntriesByWriter(ScanPosition position, ScannedEntries entries) {
        ReaderRequest.OfEntries request = requests.add(new ReaderRequest.OfEntries(position, entries));
        for (int round = 1; !request.isDone(); round++) {
            ReaderRequests.pause(round);
            if (round % ROUNDS_PER_ATTEMPT == 0 && readEntries(position, entries)) {
                request.giveUp();
                return;
            }
            if (failed && !request.isDone()) {
                throw new StateMachineException("a change has failed halfway; open the store again");
            }
        }
        entries.addAll(request.entries());
        position.set(request.position());
    }

    /** Nothing changes any more, but what was about to change stays as it is. */
    private byte[] readAfterFailure(long hash, byte[] key, EntryDetails details) {
        byte[] value = readCopy(hash, key, 0, key.length, details);
        if (value == EntryReader.IN_VAIN) {
            throw new StateMachineException(
                    "a change of this key, or of one near it, has failed halfway; open the store again");
        }
        return value;
    }

    /** Answers the requests of readers. Only the writer, between events. */
    void answer() {
        if (requests.areThere()) {
            answerRequests();
        }
    }

    private void answerRequests() {
        Table current = table.get();
        if (current != null) {
            requests.answer(current);
        }
    }

    /**
     * Records that an event failed, perhaps halfway through a change, and that none will be applied any more. Only the
     * writer.
     */
    void changeFailed() {
        failed = true;
    }
}
