package dev.poro.engine;

import dev.poro.events.CommittedMessage;
import dev.poro.events.EventRing;
import dev.poro.events.EventRun;
import dev.poro.events.EventSlot;
import dev.poro.events.FailStop;
import dev.poro.events.MessageMemory;
import dev.poro.events.Outcome;
import dev.poro.events.OutcomeWaiter;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordFlyweight;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.ClusterPosition;
import dev.poro.wal.LogException;
import dev.poro.wal.WriteAheadLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A store whose changes are ordered by a cluster: every replica gets the same messages at the same positions with the
 * same times, so that sequences, outcomes and digests are equal wherever positions are. Made by
 * {@link PoroBuilder#openReplica}.
 *
 * <p>{@link #store} is an ordinary {@link Poro}: its changes go through the {@link Replicator} and wait until they are
 * applied here; its reads see what is applied here, by the time of the last message that was committed here. That time
 * stands still between messages.
 *
 * <p>The methods {@link #begin}, {@link #committed}, {@link #endBatch} and {@link #force} are called by one thread,
 * that of the cluster's service; {@link #rejected} and the queries by any. The service's thread must not change the
 * store: it would wait for itself.
 *
 * <pre>
 *   open          replica = Poro.at(path)....openReplica(replicator)
 *                 replica.incarnation(), term(), position(): where its log ends
 *   begin         replica.begin(incarnation): of the cluster's log, from its first message or from its snapshot
 *   each message  replica.committed(timeMillis, term, position, number, address, length)
 *   now and then  replica.endBatch(): at the latest when no message is there, and each time when there is still none;
 *                 everything is applied then
 *   snapshot      replica.endBatch(); replica.force(); then position(), sequence(), digest()
 *   barrier       committed(..., NOT_OURS, 0, 0), then endBatch(): reads now see all that came before
 *   end           no more calls of the service; replica.close()
 * </pre>
 */
public final class Replica implements AutoCloseable {
    /** In place of the number of a message: it was not sent by this opening of this replica. */
    public static final long NOT_OURS = 0;

    /** In place of an incarnation: the log belongs to no cluster. */
    public static final long NO_INCARNATION = ClusterPosition.NO_INCARNATION;

    /** How many records a message has at most, with reads among them. The ring of every replica has room for them. */
    public static final int MAX_MESSAGE_RECORDS = 512;

    /** How many sleeping threads the service's thread wakes itself; each of them wakes others. */
    private static final int WOKEN = 4;

    private final Poro store;
    private final WriteAheadLog log;
    private final EventRing ring;
    private final HandlerRunner runner;
    private final Publisher publisher;
    private final MessageSender sender;
    private final StateMachine stateMachine;
    private final FailStop failStop;
    private final StoreErrors errors;
    private final long memoryBudget;
    private final boolean adopts;

    /** Where the log ended when it was opened: what is not after this is there already. */
    private final ClusterPosition recovered;

    /**
     * Of the message whose first slot has this index in the ring. Used by the service's thread, read by the journal.
     */
    private final CommittedMessage[] messages;

    // Below: used by the service's thread, read by others where volatile.
    private final MessageMemory memory = new MessageMemory();

    /** To be called, one after the other, when what is published is applied. */
    private final List<Runnable> whenApplied = new ArrayList<>();

    private final RecordFlyweight record = new RecordFlyweight();
    private long published = -1;
    private long applied = -1;
    private long lastTerm;
    private long lastPosition;
    private volatile long incarnation;
    private volatile long loggedTerm;
    private volatile long loggedPosition;
    private volatile long lastTimeMillis;

    Replica(
            Poro store,
            WriteAheadLog log,
            EventRing ring,
            HandlerRunner runner,
            Publisher publisher,
            StateMachine stateMachine,
            FailStop failStop,
            StoreErrors errors,
            long memoryBudget,
            boolean adopts) {
        this.store = store;
        this.log = log;
        this.ring = ring;
        this.runner = runner;
        this.publisher = publisher;
        this.sender = publisher.sender();
        this.stateMachine = stateMachine;
        this.failStop = failStop;
        this.errors = errors;
        this.memoryBudget = memoryBudget;
        this.adopts = adopts;
        this.recovered = log.clusterPosition();
        this.messages = new CommittedMessage[ring.capacity()];
        for (int i = 0; i < messages.length; i++) {
            messages[i] = new CommittedMessage();
        }
        this.incarnation = recovered.incarnation();
        this.lastTerm = recovered.term();
        this.lastPosition = recovered.position();
        this.loggedTerm = recovered.term();
        this.loggedPosition = recovered.position();
        this.lastTimeMillis = log.clock().getAsLong();
    }

    /** The store. Closed by {@link #close}. */
    public Poro store() {
        return store;
    }

    /**
     * The cluster that the log belongs to: that of {@link #begin}, or else of its last frame; 0 if none. Any thread.
     */
    public long incarnation() {
        return incarnation;
    }

    /**
     * The term of the last message with records; -1 if there is none. Any thread; in the log after {@link #endBatch}.
     */
    public long term() {
        return loggedTerm;
    }

    /**
     * The position of the last message with records; -1 if there is none. Messages without records leave no trace in
     * the log. Any thread; in the log after {@link #endBatch}.
     */
    public long position() {
        return loggedPosition;
    }

    /**
     * The time of the last message, in milliseconds since 1970, or of the log if that is later: the cluster's clock
     * must not begin earlier. Any thread.
     */
    public long lastTimeMillis() {
        return lastTimeMillis;
    }

    /** The sequence of the last applied event; exact right after {@link #endBatch}. Any thread. */
    public long sequence() {
        return store.sequence();
    }

    /** The digest of the contents; exact right after {@link #endBatch}. Any thread. */
    public long digest() {
        return store.digest();
    }

    /**
     * Says to which cluster the messages belong that come now. Idempotent.
     *
     * @param ofCluster a random number that the cluster's log begins with, and each of its snapshots holds; not 0
     * @throws PoroException if the log belongs to another cluster; or if it has events, belongs to none, and
     *     {@link PoroBuilder#adoptIntoCluster} was not called. Nothing was changed
     */
    public void begin(long ofCluster) {
        if (ofCluster == NO_INCARNATION) {
            throw new IllegalArgumentException("an incarnation of " + NO_INCARNATION);
        }
        long known = incarnation;
        if (known == ofCluster) {
            return;
        }
        if (known != NO_INCARNATION) {
            throw new PoroException(
                    String.format(
                            Locale.ROOT,
                            "%s: the log belongs to cluster %016x, but the messages are of cluster %016x: the files of"
                                    + " the cluster were deleted, or are those of another one. Nothing was changed. Put"
                                    + " the right files in place, or put the log aside and join that cluster again"
                                    + " (poro-app/README.md, 'A node that is lost').",
                            store.path(),
                            known,
                            ofCluster),
                    null);
        }
        if (stateMachine.appliedSequence() > 0 && !adopts) {
            throw new PoroException(
                    store.path() + ": the log has events that no cluster has ordered. Nothing was changed. Begin the"
                            + " cluster by adopting them on all nodes, or name an empty directory.",
                    null);
        }
        incarnation = ofCluster;
    }

    /**
     * The next message of the cluster's log. Its records are in the ring when this returns, but perhaps not yet in the
     * log, nor applied: see {@link #endBatch}. A message at or below the position that the log had when it was opened
     * is there already, and is passed over.
     *
     * @param timeMillis the cluster's time of the message. Where it is less than that of the message before, that of
     *     the message before counts
     * @param term of the leader that has appended it: 0 or more, and never less than before
     * @param position of the message in the cluster's log: 0 or more, and higher than that of the message before
     * @param number from {@link Replicator#send} if this opening of this replica has sent it; otherwise
     *     {@link #NOT_OURS}
     * @param address of the records, as they were sent; used during the call only
     * @param length of them in bytes; 0 for a message without: only time goes on, and reads of a pipeline may come here
     * @return whether it was taken; {@code false} if it was passed over
     * @throws StoreFailedException if the store has stopped: the disk is full and stays so for long, or it fails. Also
     *     if the message cannot belong here: its term or position contradicts the log, or its records are malformed.
     *     What comes next must not be skipped: end the process
     */
    public boolean committed(long timeMillis, long term, long position, long number, long address, int length) {
        requireGoingOn();
        if (position <= recovered.position()) {
            return passOver(term, position);
        }
        require(incarnation != NO_INCARNATION, "a message before the incarnation of its cluster", term, position);
        require(
                position > lastPosition && term >= lastTerm,
                "the message before has term " + lastTerm + " and position " + lastPosition,
                term,
                position);
        UnansweredMessages.Message own = sender.unanswered().take(number);
        Runnable whenDone = own == null ? null : own.whenDone();
        long before = published;
        boolean isLent = RawMemory.lend(address, length);
        try {
            // Before the events are in the ring: readers never see an earlier time than any event has.
            lastTimeMillis = log.advanceClock(timeMillis);
            publish(own, term, position, address, length);
            if (whenDone != null) {
                whenApplied.add(whenDone);
            }
        } catch (RuntimeException | Error e) {
            failStop.trip(e);
            if (own != null && published == before) {
                ring.answer(own.waiter(), Outcome.FAILED);
            }
            if (whenDone != null) {
                whenDone.run();
            }
            tellDone();
            sender.failAll();
            throw errors.stopped();
        } finally {
            if (isLent) {
                RawMemory.unregister(address);
            }
            if (own != null) {
                sender.unanswered().release(own);
            }
        }
        lastTerm = term;
        lastPosition = position;
        if (length > 0) {
            loggedTerm = term;
            loggedPosition = position;
        }
        return true;
    }

    /** A term that begins below what is in the log has other messages there: another history. */
    private boolean passOver(long term, long position) {
        require(
                position < recovered.position() ? term <= recovered.term() : term == recovered.term(),
                "the log is at position " + recovered.position() + " already, which is of term " + recovered.term()
                        + ": the cluster has lost what this store has, or its files are not those of this store."
                        + " Put the store aside and join again (poro-app/README.md, 'A node that is lost')",
                term,
                position);
        return false;
    }

    private void require(boolean isSo, String otherwise, long term, long position) {
        if (!isSo) {
            failStop.trip(new LogException(
                    "message of term " + term + " at position " + position + " of the cluster's log: " + otherwise));
            requireGoingOn();
        }
    }

    private void publish(UnansweredMessages.Message own, long term, long position, long address, int length) {
        EventRun run = own == null ? null : own.run();
        OutcomeWaiter waiter = own == null ? null : own.waiter();
        int slots = run == null ? countRecords(address, length) : run.partEnd() - run.partBegin();
        if (slots == 0) {
            if (waiter != null) {
                drain();
                ring.answer(waiter, failStop.isTripped() ? Outcome.FAILED : Outcome.ACCEPTED);
            }
            return;
        }
        long records = run == null ? copyIn(address, length) : 0;
        long first = claim(slots);
        CommittedMessage message = messages[(int) first & messages.length - 1];
        long last = first + slots - 1;
        try {
            message.set(first, length, lastTimeMillis, incarnation, term, position);
            if (run == null) {
                prepare(message, first, slots, records, waiter, own != null && own.wantsPrevious());
            } else {
                prepare(message, first, run, waiter);
            }
        } catch (RuntimeException | Error unprepared) {
            for (long ringSequence = first; ringSequence <= last; ringSequence++) {
                ring.slot(ringSequence).cancel();
            }
            ring.publishRun(first, last);
            throw unprepared;
        }
        published = last;
        ring.publishRun(first, last);
    }

    /** Fails if the message is not a number of well-formed events that a replica can take. */
    private int countRecords(long address, int length) {
        int count = 0;
        long end = address + length;
        for (long at = address; at < end; at += record.length()) {
            String defect = RecordFlyweight.defectOf(at, end - at);
            if (defect == null && record.wrap(at).type().isMark()) {
                defect = "a mark in a message";
            }
            if (defect != null) {
                throw new LogException("a message of the cluster's log: " + defect);
            }
            count++;
        }
        if (count > MAX_MESSAGE_RECORDS) {
            throw new LogException(
                    "a message of the cluster's log with " + count + " records: the limit is " + MAX_MESSAGE_RECORDS);
        }
        return count;
    }

    private long copyIn(long address, int length) {
        long copy = memory.tryCopy(address, length);
        if (copy == MessageMemory.FULL) {
            drain();
            requireGoing();
            copy = memory.tryCopy(address, length);
        }
        return copy;
    }

    private long claim(int slots) {
        long first = ring.tryClaim(slots);
        boolean interrupted = false;
        for (int round = 0; first == EventRing.FULL; round++) {
            interrupted |= Thread.interrupted();
            requireGoing();
            runner.awaitCapacity(round);
            first = ring.tryClaim(slots);
        }
        Backoff.restoreInterrupt(interrupted);
        return first;
    }

    private void prepare(
            CommittedMessage message, long first, int slots, long records, OutcomeWaiter waiter, boolean previous) {
        long at = records;
        for (int i = 0; i < slots; i++) {
            EventSlot slot = ring.slot(first + i);
            record.wrap(at);
            int length = record.length();
            long hash = stateMachine.hash(record.keyAddress(), record.keyLength());
            slot.prepare(at, length, i == slots - 1 ? waiter : null, hash);
            slot.committed(message);
            if (previous) {
                slot.wantPrevious();
            }
            at += length;
        }
        if (waiter != null) {
            waiter.publishedAt(first + slots - 1);
        }
    }

    private void prepare(CommittedMessage message, long first, EventRun run, OutcomeWaiter waiter) {
        int begin = run.partBegin();
        int last = run.partEnd() - 1;
        for (int index = begin; index <= last; index++) {
            EventSlot slot = ring.slot(first + index - begin);
            slot.prepareOfRun(run, index, index == last ? waiter : null);
            slot.committed(message);
        }
    }

    /**
     * Brings everything that was committed so far into the log, forces it if the sync policy says so, applies it, and
     * wakes some of those who wait for it, who wake others. Called again, it wakes those who are left over: call it
     * also when there is nothing to do.
     *
     * @throws StoreFailedException if the store has stopped
     */
    public void endBatch() {
        drain();
        ring.wake(WOKEN);
        requireGoing();
        publisher.markIfDue(published);
    }

    private void drain() {
        if (published > applied) {
            runner.awaitApplied(published);
            tellDone();
            if (ring.applied() < published) {
                return; // the store has stopped, and a handler may still look at the memory
            }
            applied = published;
        }
        memory.clear();
    }

    private void tellDone() {
        for (int i = 0; i < whenApplied.size(); i++) {
            whenApplied.get(i).run();
        }
        whenApplied.clear();
    }

    /**
     * A message will not be answered: whoever waits for it gets a {@link NotCommittedException}. Does nothing if it was
     * committed meanwhile, or was answered. Any thread.
     *
     * @param mayStillHappen whether it may be in the cluster's log, or come into it
     */
    public void rejected(long number, boolean mayStillHappen) {
        sender.reject(number, mayStillHappen);
    }

    /** {@link #rejected} of every message that is unanswered. Any thread. */
    public void rejectAll(boolean mayStillHappen) {
        sender.rejectAll(mayStillHappen);
    }

    /**
     * Sends the memory budget of the settings to the cluster if that of the store is another one, or none, and waits
     * until it is applied here. Called where {@link Replicator#isLeader} is true, by any thread but the service's.
     * Without a budget, every set is rejected.
     *
     * @throws NotCommittedException if the cluster does not take it
     */
    public void adoptMemoryBudget() {
        long current = stateMachine.memoryBudget();
        long ofLog = current > 0 ? current : PoroBuilder.defaultMemory();
        store.adoptMemoryBudget(memoryBudget > 0 ? memoryBudget : ofLog);
    }

    /**
     * Forces everything that was applied, under every sync policy; returns the sequence up to which that is.
     *
     * @throws StoreFailedException if the store has stopped
     */
    public long force() {
        try {
            return log.force();
        } catch (LogException e) {
            requireGoing();
            throw errors.closed();
        }
    }

    /**
     * The files of the log, which stay as they are until the result is closed, for another replica that begins as a
     * copy of this one. Any thread.
     *
     * @param state called once: the copy is to end where the log was forced up to when this returns
     * @throws PoroException if the log cannot be read
     * @throws RuntimeException what the call throws
     */
    public FileSource files(Runnable state) {
        requireGoing();
        try {
            return new SharedFiles(log.share(state));
        } catch (IOException e) {
            throw new PoroException(store.path() + ": " + e.getMessage(), e);
        }
    }

    /** The service's thread: after a failure, no batch ends any more. */
    private void requireGoingOn() {
        if (failStop.isTripped()) {
            tellDone();
        }
        requireGoing();
    }

    private void requireGoing() {
        if (failStop.isTripped()) {
            sender.failAll();
            throw errors.stopped();
        }
        if (publisher.isClosing()) {
            throw errors.closed();
        }
    }

    /** Rejects what is unanswered, as what may still happen, and closes the store. The service must have ended. */
    @Override
    public void close() {
        try {
            store.close();
        } finally {
            tellDone(); // the service may have ended within a batch
        }
    }
}
