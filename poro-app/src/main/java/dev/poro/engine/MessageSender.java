package dev.poro.engine;

import dev.poro.events.EventRing;
import dev.poro.events.EventRun;
import dev.poro.events.FailStop;
import dev.poro.events.Outcome;
import dev.poro.events.OutcomeWaiter;
import java.util.function.BooleanSupplier;

/**
 * The sending side of a replica: hands records to the {@link Replicator}, and knows who waits for what. What is
 * committed comes back through {@link Replica}, on the thread of the cluster's service.
 *
 * <p>Thread-safe.
 */
final class MessageSender {
    private final EventRing ring;
    private final Replicator replicator;
    private final PublishGate gate;
    private final BooleanSupplier isClosing;
    private final StoreErrors errors;
    private final FailStop failStop;
    private final UnansweredMessages unanswered = new UnansweredMessages();

    MessageSender(
            EventRing ring,
            Replicator replicator,
            PublishGate gate,
            BooleanSupplier isClosing,
            StoreErrors errors,
            FailStop failStop) {
        this.ring = ring;
        this.replicator = replicator;
        this.gate = gate;
        this.isClosing = isClosing;
        this.errors = errors;
        this.failStop = failStop;
    }

    UnansweredMessages unanswered() {
        return unanswered;
    }

    /** In bytes. */
    int longestMessage() {
        return replicator.maxMessageLength();
    }

    /** Whether this replica is the one that removes what has expired, as far as it knows. */
    boolean isLeader() {
        return replicator.isLeader();
    }

    /** The time that the cluster would give to a message now. */
    long timeMillis() {
        return replicator.timeMillis();
    }

    /**
     * Sends a message. Its outcome comes to the waiter.
     *
     * @param run of which the {@linkplain EventRun#part part} is sent; {@code null} for one event, or none
     * @param whenDone called once the waiter has its outcome, by any thread; {@code null} for nothing
     * @return {@code false} if another thread publishes alone: nothing was sent
     * @throws NotCommittedException if the cluster did not take it. Then, as after any other exception, nobody answers
     *     the waiter
     */
    boolean trySend(
            long address, int length, OutcomeWaiter waiter, EventRun run, boolean wantsPrevious, Runnable whenDone) {
        requireGoing();
        long number = add(waiter, run, wantsPrevious, whenDone);
        // The store closes, or a thread holds changes, and then waits for everything that is unanswered. Each side
        // first says what it does and then looks for the other, so one of the two sees the other.
        if ((isClosing.getAsBoolean() || gate.isShut()) && withdraw(number)) {
            requireOpen();
            return false;
        }
        try {
            replicator.send(number, address, length);
        } catch (RuntimeException | Error unsent) {
            if (withdraw(number)) {
                throw unsent;
            }
        }
        return true;
    }

    private long add(OutcomeWaiter waiter, EventRun run, boolean wantsPrevious, Runnable whenDone) {
        boolean interrupted = false;
        try {
            long number = unanswered.tryAdd(waiter, run, wantsPrevious, whenDone);
            for (int round = 0; number == UnansweredMessages.FULL; round++) {
                interrupted |= Thread.interrupted();
                requireGoing();
                Backoff.pause(round);
                number = unanswered.tryAdd(waiter, run, wantsPrevious, whenDone);
            }
            return number;
        } finally {
            Backoff.restoreInterrupt(interrupted);
        }
    }

    /** Returns whether nobody else answers the message. */
    private boolean withdraw(long number) {
        UnansweredMessages.Message message = unanswered.take(number);
        if (message == null) {
            return false;
        }
        unanswered.release(message);
        return true;
    }

    /** Answers a message that is unanswered. */
    void reject(long number, boolean mayStillHappen) {
        answer(number, mayStillHappen ? Outcome.UNCERTAIN : Outcome.NOT_COMMITTED);
    }

    private void answer(long number, Outcome outcome) {
        UnansweredMessages.Message message = unanswered.take(number);
        if (message != null) {
            OutcomeWaiter waiter = message.waiter();
            Runnable whenDone = message.whenDone();
            unanswered.release(message);
            ring.answer(waiter, outcome);
            if (whenDone != null) {
                whenDone.run();
            }
        }
    }

    /** {@link #reject} of every message that is unanswered. */
    void rejectAll(boolean mayStillHappen) {
        answerAll(mayStillHappen ? Outcome.UNCERTAIN : Outcome.NOT_COMMITTED);
    }

    /** Tells everybody who waits that the store has stopped. */
    void failAll() {
        answerAll(Outcome.FAILED);
    }

    private void answerAll(Outcome outcome) {
        for (int place = 0; place < unanswered.capacity(); place++) {
            long number = unanswered.numberAt(place);
            if (number > 0) {
                answer(number, outcome);
            }
        }
    }

    /** Waits until every message is answered that was sent before. */
    void awaitAnswers() {
        boolean interrupted = false;
        try {
            for (int round = 0; !unanswered.isEmpty(); round++) {
                interrupted |= Thread.interrupted();
                requireGoing();
                Backoff.pause(round);
            }
        } finally {
            Backoff.restoreInterrupt(interrupted);
        }
    }

    private void requireGoing() {
        requireOpen();
        if (failStop.isTripped()) {
            throw errors.stopped(); // nobody would answer any more
        }
    }

    private void requireOpen() {
        if (isClosing.getAsBoolean()) {
            throw errors.closed();
        }
    }

    /**
     * The end of the next part of a run, which is one message.
     *
     * @param begin its first index
     */
    int endOfPart(EventRun run, int begin) {
        int most = Math.min(run.size(), begin + Replica.MAX_MESSAGE_RECORDS);
        int length = 0;
        int end = begin;
        while (end < most && length + run.eventLength(end) <= replicator.maxMessageLength()) {
            length += run.eventLength(end);
            end++;
        }
        return end;
    }
}
