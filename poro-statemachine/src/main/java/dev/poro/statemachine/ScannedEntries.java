package dev.poro.statemachine;

import java.util.Arrays;

/**
 * Copies of the entries that a scan has come across, see {@link StateMachine#scan}. Reused from step to step; allocates
 * nothing once it has the size that the steps need, but what {@link #key} and {@link #value} return. Not thread-safe.
 */
public final class ScannedEntries {
    private static final int ENTRIES_AT_FIRST = 1024;
    private static final int BYTES_AT_FIRST = 1 << 16;

    /** No array is longer on any JVM. */
    private static final int MOST_BYTES = Integer.MAX_VALUE - 8;

    private final int longestValue;

    private int count;
    private int[] starts = new int[ENTRIES_AT_FIRST];
    private int[] keyLengths = new int[ENTRIES_AT_FIRST];
    private int[] valueLengths = new int[ENTRIES_AT_FIRST];
    private long[] sequences = new long[ENTRIES_AT_FIRST];
    private long[] expiries = new long[ENTRIES_AT_FIRST];

    /** Keys and values, one after the other. */
    private byte[] bytes = new byte[BYTES_AT_FIRST];

    private int usedBytes;

    /** References to entries that a step is about to copy. */
    private long[] found = new long[ENTRIES_AT_FIRST];

    private int foundCount;

    /** Storing the sum of what was prefetched keeps the compiler from removing the loads. */
    @SuppressWarnings("UnusedVariable")
    private int prefetched;

    /** @param longestValue bytes; values that are longer are left out, so that a step stays short */
    public ScannedEntries(int longestValue) {
        this.longestValue = longestValue;
    }

    /** How many entries there are. */
    public int count() {
        return count;
    }

    /** Forgets all entries. */
    public void clear() {
        truncate(0);
    }

    /** A copy of the key of entry {@code i}, from 0 to {@link #count} - 1, as in all methods. */
    public byte[] key(int i) {
        return Arrays.copyOfRange(bytes, starts[i], starts[i] + keyLengths[i]);
    }

    /** Whether the key begins with these bytes. */
    public boolean hasPrefix(int i, byte[] prefix) {
        return keyLengths[i] >= prefix.length
                && Arrays.equals(bytes, starts[i], starts[i] + prefix.length, prefix, 0, prefix.length);
    }

    /** Whether the value is here, and not too long. */
    public boolean hasValue(int i) {
        return valueLengths[i] <= longestValue;
    }

    /** A copy of the value; only if it is here. */
    public byte[] value(int i) {
        int start = starts[i] + keyLengths[i];
        return Arrays.copyOfRange(bytes, start, start + valueLengths[i]);
    }

    /** The log sequence of the event that changed the entry last. */
    public long sequence(int i) {
        return sequences[i];
    }

    /** Whether the entry has an expiry. */
    public boolean expires(int i) {
        return expiries[i] != NewEntry.NO_EXPIRY;
    }

    /** When the entry expires, in milliseconds of log time since 1970; only if it {@link #expires}. */
    public long expiry(int i) {
        return expiries[i];
    }

    /** Leaves only the first entries. */
    void truncate(int newCount) {
        usedBytes = newCount == count ? usedBytes : newCount == 0 ? 0 : starts[newCount];
        count = newCount;
        foundCount = 0;
    }

    /**
     * Adds an entry whose key, and value if it is to be here, are still to be copied; where to is {@link #target}.
     *
     * @throws OutOfMemoryError if there is no room for it; nothing is added then
     */
    void add(int keyLength, int valueLength, long sequence, long expiry) {
        makeRoom((long) usedBytes + keyLength + (valueLength <= longestValue ? valueLength : 0));
        if (count == starts.length) {
            int length = 2 * count;
            starts = Arrays.copyOf(starts, length);
            keyLengths = Arrays.copyOf(keyLengths, length);
            valueLengths = Arrays.copyOf(valueLengths, length);
            sequences = Arrays.copyOf(sequences, length);
            expiries = Arrays.copyOf(expiries, length);
        }
        starts[count] = usedBytes;
        keyLengths[count] = keyLength;
        valueLengths[count] = valueLength;
        sequences[count] = sequence;
        expiries[count] = expiry;
        usedBytes += keyLength + (hasValue(count) ? valueLength : 0);
        count++;
    }

    private void makeRoom(long needed) {
        if (needed > MOST_BYTES) {
            throw new OutOfMemoryError("a scan has come across more than " + MOST_BYTES + " bytes at once");
        }
        if (needed > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(MOST_BYTES, Math.max(needed, 2L * bytes.length)));
        }
    }

    /** Where key and value of the last entry are to be copied, from {@link #targetStart} to {@link #targetEnd}. */
    byte[] target() {
        return bytes;
    }

    int targetStart() {
        return starts[count - 1];
    }

    int targetEnd() {
        return usedBytes;
    }

    /** Adds the entries of another one, whose longest value is the same. */
    void addAll(ScannedEntries others) {
        for (int i = 0; i < others.count; i++) {
            add(others.keyLengths[i], others.valueLengths[i], others.sequences[i], others.expiries[i]);
            System.arraycopy(others.bytes, others.starts[i], bytes, targetStart(), targetEnd() - targetStart());
        }
    }

    /** For a request to the writer: an empty one that takes the same. */
    ScannedEntries another() {
        return new ScannedEntries(longestValue);
    }

    /** The step will copy this entry. */
    void addFound(long reference) {
        if (foundCount == found.length) {
            found = Arrays.copyOf(found, 2 * foundCount);
        }
        found[foundCount++] = reference;
    }

    void keep(int sumOfPrefetched) {
        prefetched += sumOfPrefetched;
    }

    int foundCount() {
        return foundCount;
    }

    long found(int i) {
        return found[i];
    }
}
