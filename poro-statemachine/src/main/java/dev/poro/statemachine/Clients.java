package dev.poro.statemachine;

import dev.poro.events.EventType;
import dev.poro.events.Outcome;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlyweight;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The clients whose changes carry tokens: of each the number of its last change, and what became of it. So a change
 * that is sent again because its reply was lost gets the outcome of the first time, and is not done again.
 *
 * <p>They are part of the state: they are in the digest and in snapshots, and each counts against the memory budget. A
 * store remembers {@value #MOST} of them; one more takes the place of the one whose last change is oldest. Like every
 * limit that decides outcomes, this one is part of the format.
 *
 * <pre>
 *   a client, 56 bytes                                    index: 2^15 slots of 4 bytes
 *     0  client                        u64                  number of a client from 1 on, or 0;
 *     8  number of its last change     i64                  linear probing, backshift deletion
 *    16  sequence of that              i64
 *    24  code of its outcome           u64
 *    32  number of its outcome         i64
 *    40  next older, next newer client    2 u32, numbers from 1 on, or 0
 *    48  digest                        u64
 *
 *   digest = the mix of all the longs before, in their order:
 *   d = 0x746f6b656e; for each long: d = mix(d ^ mix(long + 0x9e3779b97f4a7c15))     see EntryDigest
 * </pre>
 *
 * <p>Outside the heap, taken as a whole at the first token, so that a full heap stops no event. Single writer.
 */
final class Clients {
    /** The most clients that are remembered. */
    static final int MOST = 10_000;

    /** What a client counts against the memory budget, in bytes. */
    static final int CHARGE = 64;

    /** Bytes of a client in {@link #copies}: its sequence, and a CLIENT record. */
    static final int COPY_LENGTH = Long.BYTES + 40;

    private static final int CLIENT = 0;
    private static final int NUMBER = 8;
    private static final int SEQUENCE = 16;
    private static final int CODE = 24;
    private static final int OUTCOME_NUMBER = 32;
    private static final int OLDER = 40;
    private static final int NEWER = 44;
    private static final int DIGEST = 48;
    private static final int CLIENT_LENGTH = 56;

    private static final int SLOT_BITS = 15;
    private static final int SLOTS = 1 << SLOT_BITS;
    private static final int LAST_SLOT = SLOTS - 1;
    private static final int NOBODY = 0;

    private static final long DIGEST_START = 0x746f6b656eL;
    private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

    private final int most;

    /** So that nobody can choose clients that collide. */
    private final long seed = ThreadLocalRandom.current().nextLong();

    /** 0 before the first token. */
    private long memory;

    private int count;
    private long digest;
    private int oldest;
    private int newest;

    /** What goes with the last {@link #answer}. */
    private long answerNumber;

    Clients() {
        this(MOST);
    }

    /** With a limit that a test chooses. */
    Clients(int most) {
        this.most = most;
    }

    /**
     * Whether a change is remembered, and takes its number. What is rejected is not; nor is an expiry that an absent
     * key was to get: whoever asked for it cannot tell that from a condition that is not met.
     */
    static boolean remembers(EventType type, Outcome outcome) {
        return outcome.isAccepted() && !(type == EventType.EXPIRE_AT && outcome == Outcome.ABSENT);
    }

    /** How many are remembered. */
    int count() {
        return count;
    }

    /** What they count against the memory budget, in bytes. */
    long charge() {
        return (long) count * CHARGE;
    }

    /** The sum of their digests. */
    long digest() {
        return digest;
    }

    /**
     * The outcome of a change that is not to be done: it was done before, or it does not follow the client's last one.
     * {@code null} if it is to be done. {@link #answerNumber} has what goes with it. Changes nothing.
     */
    Outcome answer(long client, long number) {
        int known = count == 0 ? NOBODY : find(client);
        long last = known == NOBODY ? 0 : get(known, NUMBER);
        answerNumber = last;
        if (number == last) {
            answerNumber = get(known, OUTCOME_NUMBER);
            return Outcome.acceptedOf(get(known, CODE));
        }
        if (number < last) {
            return Outcome.FORGOTTEN;
        }
        return number == last + 1 ? null : Outcome.OUT_OF_TURN;
    }

    /** The number of the outcome that {@link #answer} has returned. */
    long answerNumber() {
        return answerNumber;
    }

    /**
     * What the contents will count more if a change of this client is done, in bytes.
     *
     * @throws OutOfMemoryError if the system refuses the memory for the first client
     */
    int growthBy(long client) {
        if (memory == 0) {
            int length = SLOTS * Integer.BYTES + most * CLIENT_LENGTH;
            memory = RawMemory.allocate(length);
            RawMemory.fill(memory, SLOTS * Integer.BYTES, (byte) 0);
        }
        return count < most && find(client) == NOBODY ? CHARGE : 0;
    }

    /** A change of a client was done. After {@link #growthBy}, and with a sequence above all before. */
    void done(long client, long number, long sequence, Outcome outcome, long outcomeNumber) {
        int known = find(client);
        if (known == NOBODY) {
            known = add(client);
        } else {
            digest -= get(known, DIGEST);
            leaveOrder(known);
        }
        set(known, NUMBER, number);
        set(known, SEQUENCE, sequence);
        set(known, CODE, outcome.code());
        set(known, OUTCOME_NUMBER, outcomeNumber);
        becomeNewest(known);
        long ofClient = digestOf(known);
        set(known, DIGEST, ofClient);
        digest += ofClient;
    }

    /** Returns where there is room for a client, which is in the index then. */
    private int add(long client) {
        int added;
        if (count < most) {
            count++;
            added = count;
        } else {
            added = oldest;
            digest -= get(added, DIGEST);
            leaveOrder(added);
            removeFromIndex(added);
        }
        set(added, CLIENT, client);
        int slot = home(client);
        while (clientAt(slot) != NOBODY) {
            slot = next(slot);
        }
        setSlot(slot, added);
        return added;
    }

    private int find(long client) {
        int slot = home(client);
        int found = clientAt(slot);
        while (found != NOBODY && get(found, CLIENT) != client) {
            slot = next(slot);
            found = clientAt(slot);
        }
        return found;
    }

    /** Moves back what would not be found any more behind the empty slot. */
    private void removeFromIndex(int removed) {
        int empty = home(get(removed, CLIENT));
        while (clientAt(empty) != removed) {
            empty = next(empty);
        }
        setSlot(empty, NOBODY);
        for (int slot = next(empty); clientAt(slot) != NOBODY; slot = next(slot)) {
            int moved = clientAt(slot);
            int home = home(get(moved, CLIENT));
            if (((slot - home) & LAST_SLOT) >= ((slot - empty) & LAST_SLOT)) {
                setSlot(empty, moved);
                setSlot(slot, NOBODY);
                empty = slot;
            }
        }
    }

    private void leaveOrder(int client) {
        int older = getInt(client, OLDER);
        int newer = getInt(client, NEWER);
        if (older == NOBODY) {
            oldest = newer;
        } else {
            setInt(older, NEWER, newer);
        }
        if (newer == NOBODY) {
            newest = older;
        } else {
            setInt(newer, OLDER, older);
        }
    }

    private void becomeNewest(int client) {
        setInt(client, OLDER, newest);
        setInt(client, NEWER, NOBODY);
        if (newest == NOBODY) {
            oldest = client;
        } else {
            setInt(newest, NEWER, client);
        }
        newest = client;
    }

    private long digestOf(int client) {
        long mixed = DIGEST_START;
        for (int field = CLIENT; field <= OUTCOME_NUMBER; field += Long.BYTES) {
            mixed = WyHash.spread(mixed ^ WyHash.spread(get(client, field) + GOLDEN_GAMMA));
        }
        return mixed;
    }

    /**
     * Copies of all of them, {@link #COPY_LENGTH} bytes each, as a snapshot has them; to be released by the caller.
     *
     * @throws OutOfMemoryError if the system refuses the memory
     */
    ByteBuffer copies() {
        ByteBuffer copies = RawMemory.allocateBuffer(count * COPY_LENGTH).order(ByteOrder.nativeOrder());
        long address = RawMemory.addressOf(copies);
        int at = 0;
        for (int client = oldest; client != NOBODY; client = getInt(client, NEWER)) {
            copies.putLong(at, get(client, SEQUENCE));
            RecordEncoder.encodeClient(
                    address + at + Long.BYTES,
                    get(client, CLIENT),
                    get(client, NUMBER),
                    Outcome.acceptedOf(get(client, CODE)),
                    get(client, OUTCOME_NUMBER));
            at += COPY_LENGTH;
        }
        return copies;
    }

    /**
     * Adds a client from a snapshot.
     *
     * @param sequence of its last change, above those of all clients before
     * @throws StateMachineException if no snapshot can have it there
     */
    void restore(long sequence, RecordFlyweight record) {
        long client = record.tokenClient();
        if (growthBy(client) == 0 || (newest != NOBODY && sequence <= get(newest, SEQUENCE))) {
            throw new StateMachineException(
                    "the snapshot has client " + client + " twice, or clients in the wrong order");
        }
        done(client, record.tokenNumber(), sequence, record.clientOutcome(), record.clientNumber());
    }

    /** Forgets all of them, and releases the memory. */
    void clear() {
        if (memory != 0) {
            RawMemory.free(memory, SLOTS * Integer.BYTES + most * CLIENT_LENGTH);
            memory = 0;
        }
        count = 0;
        digest = 0;
        oldest = NOBODY;
        newest = NOBODY;
    }

    private int home(long client) {
        return (int) (WyHash.spread(client ^ seed) >>> (Long.SIZE - SLOT_BITS));
    }

    private static int next(int slot) {
        return (slot + 1) & LAST_SLOT;
    }

    private int clientAt(int slot) {
        return RawMemory.readInt(memory + (long) slot * Integer.BYTES);
    }

    private void setSlot(int slot, int client) {
        RawMemory.writeInt(memory + (long) slot * Integer.BYTES, client);
    }

    private long at(int client, int field) {
        return memory + SLOTS * Integer.BYTES + (client - 1L) * CLIENT_LENGTH + field;
    }

    private long get(int client, int field) {
        return RawMemory.readLong(at(client, field));
    }

    private void set(int client, int field, long value) {
        RawMemory.writeLong(at(client, field), value);
    }

    private int getInt(int client, int field) {
        return RawMemory.readInt(at(client, field));
    }

    private void setInt(int client, int field, int value) {
        RawMemory.writeInt(at(client, field), value);
    }
}
