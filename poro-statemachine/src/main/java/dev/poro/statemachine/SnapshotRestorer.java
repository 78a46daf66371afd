package dev.poro.statemachine;

import dev.poro.events.EventType;
import dev.poro.events.RecordFlags;
import dev.poro.events.RecordFlyweight;
import dev.poro.events.StateSummary;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Fills an empty {@link StateMachine} from a snapshot, instead of applying the events up to the snapshot's:
 * {@link #begin}, {@link #restore} for every entry, {@link #end}. The resulting state is the same as after a replay.
 * The number, memory charge and digest of the entries are checked against the snapshot's own figures.
 *
 * <p>Used by the writer of the state machine, before any thread reads.
 */
public final class SnapshotRestorer {
    /** With less memory, a thread costs more than it saves, bytes. */
    private static final long WORTH_A_THREAD = 32 << 20;

    private final StateMachine stateMachine;
    private final Consumer<Runnable> beside;
    private StateSummary summary;
    private TouchAhead touching;
    private TableLoader table;
    private long keys;
    private long digest;
    private long memoryUsed;
    private long expiring;
    private Clients clients;
    private boolean isEnded;
    private final NewEntry entry = new NewEntry();

    /** Uses the calling thread only. */
    public SnapshotRestorer(StateMachine stateMachine) {
        this(stateMachine, task -> {});
    }

    /**
     * Uses a second thread for large snapshots.
     *
     * @param stateMachine one to which no event was applied
     * @param beside runs a task on another thread, or not at all
     */
    public SnapshotRestorer(StateMachine stateMachine, Consumer<Runnable> beside) {
        this.stateMachine = stateMachine;
        this.beside = beside;
    }

    /**
     * Begins a snapshot.
     *
     * @throws StateMachineException if no state can have these figures
     * @throws OutOfMemoryError if the system grants no memory for it
     */
    public void begin(StateSummary ofSnapshot) {
        summary = ofSnapshot;
        keys = 0;
        digest = 0;
        memoryUsed = 0;
        expiring = 0;
        isEnded = false;
        if (isBeyond(summary.memoryBudget())
                || isBeyond(summary.memoryUsed())
                || summary.clients() < 0
                || summary.clients() > Clients.MOST
                || summary.keys() < 0
                || summary.keys() > Math.min(Index.MAX_KEYS, summary.memoryUsed() / EntryDescriptor.charge(0))) {
            throw new StateMachineException("a snapshot of " + summary + " is beyond what a store can hold");
        }
        long capacity = Math.max(summary.memoryBudget(), summary.memoryUsed());
        Table empty = stateMachine.beginRestore(capacity);
        clients = stateMachine.clientsToRestore();
        if (summary.memoryUsed() >= WORTH_A_THREAD) {
            touching = new TouchAhead(empty.arena(), summary.memoryUsed() >>> ArenaDescriptor.PAGE_SHIFT);
            beside.accept(touching);
        }
        table = new TableLoader(empty, summary.keys());
    }

    private void stopTouching() {
        if (touching != null) {
            touching.stop();
            touching = null;
        }
    }

    private static boolean isBeyond(long bytes) {
        return Long.compareUnsigned(bytes, StateMachine.MAX_MEMORY_BUDGET) > 0;
    }

    /**
     * Adds an entry, or a client.
     *
     * @param sequence of the event that set it, or of the client's last change
     * @param record a SET without a guard, its expiry, if it has one, absolute; or a CLIENT
     * @throws StateMachineException if the key was seen to be there already, or more comes than the snapshot says
     */
    public void restore(long sequence, RecordFlyweight record) {
        if (record.type() == EventType.CLIENT) {
            restoreClient(sequence, record);
        } else {
            restoreEntry(sequence, record);
        }
    }

    private void restoreClient(long sequence, RecordFlyweight record) {
        if (clients.count() == summary.clients()) {
            throw new StateMachineException("the snapshot holds more clients than it says");
        }
        clients.restore(sequence, record);
    }

    private void restoreEntry(long sequence, RecordFlyweight record) {
        boolean expires = RecordFlags.expiry(record.flags()) == RecordFlags.ABSOLUTE_EXPIRY;
        long hash = stateMachine.hash(record.keyAddress(), record.keyLength());
        entry.of(hash, sequence, record, expires ? record.time() : NewEntry.NO_EXPIRY);
        memoryUsed += entry.charge();
        expiring += expires ? 1 : 0;
        keys++;
        if (memoryUsed + ExpiryHeap.charge(expiring) > summary.memoryUsed()
                || keys > summary.keys()
                || expiring > ExpiryHeap.MAX_ENTRIES) {
            throw new StateMachineException("the snapshot holds more entries than it says");
        }
        entry.computeDigest();
        table.add(entry);
        digest += entry.digest();
    }

    /**
     * Ends the snapshot; the state machine is now in the state after the snapshot's event.
     *
     * @throws StateMachineException if number, charge or digest of entries and clients differ from what the snapshot
     *     states, or two entries have one key
     */
    public void end() {
        stopTouching();
        table.end();
        memoryUsed += ExpiryHeap.charge(expiring) + clients.charge();
        digest += clients.digest();
        if (clients.count() != summary.clients()) {
            throw new StateMachineException("the snapshot states that it holds " + summary.clients()
                    + " clients, but holds " + clients.count());
        }
        if (keys != summary.keys() || digest != summary.digest() || memoryUsed != summary.memoryUsed()) {
            throw new StateMachineException(String.format(
                    Locale.ROOT,
                    "the snapshot states that it holds %d keys with digest %016x in %d bytes, but holds %d keys with"
                            + " digest %016x in %d bytes",
                    summary.keys(),
                    summary.digest(),
                    summary.memoryUsed(),
                    keys,
                    digest,
                    memoryUsed));
        }
        stateMachine.endRestore(summary, expiring);
        isEnded = true;
    }

    /**
     * Discards all entries since {@link #begin}: the state machine is empty again. After an {@link #end} that has
     * succeeded, it keeps its state.
     */
    public void abandon() {
        stopTouching();
        if (!isEnded) {
            stateMachine.abandonRestore();
        }
    }
}
