package dev.poro.server;

import dev.poro.command.Replies;
import dev.poro.engine.ChangeFeed;
import dev.poro.engine.Poro;
import dev.poro.engine.PoroException;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * XREAD of one client, with the feeds that it reads: they stay open between its calls, because to go on costs less than
 * to find the place again. A client that waits keeps no thread busy: its connection is parked, and reads on a worker
 * when {@link ChangeWaits} says so.
 *
 * <p>Belongs to the thread that runs the commands of the client, but for the methods that say otherwise.
 */
final class ChangeReads {
    /** A client that waits for longer keeps no file open. */
    private static final long REST_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Entries of a reply without COUNT. */
    static final int MOST_ENTRIES = 1_000;

    private final ClientSession session;
    private List<FollowedStream> open = new ArrayList<>();
    private volatile Wait wait;

    ChangeReads(ClientSession session) {
        this.session = session;
    }

    /**
     * What is to be read.
     *
     * @param after {@code null} for what comes from now on
     * @param blockMillis how long to wait; negative for not at all, 0 for as long as it takes
     */
    record Request(List<ChangeStream> streams, List<ChangeId> after, int count, long blockMillis) {}

    /** Reads, and replies or waits. On a worker. */
    void run(Request request) throws IOException {
        if (session.isInTransaction()) {
            readInTransaction(request);
            return;
        }
        try {
            List<FollowedStream> followed = follow(request);
            boolean mayWait = request.blockMillis() >= 0;
            if (read(followed, request.count(), !mayWait)) {
                reply(session.replies(), followed);
            } else if (!mayWait) {
                session.replies().noArray();
            } else {
                new Wait(request, followed).goOn();
            }
        } catch (PoroException e) {
            close();
            throw e;
        }
    }

    /** It may run again, and others wait for it: it has feeds of its own. */
    private void readInTransaction(Request request) throws IOException {
        List<FollowedStream> followed = new ArrayList<>();
        try {
            for (int i = 0; i < request.streams().size(); i++) {
                followed.add(begin(request.streams().get(i), request.after().get(i)));
            }
            if (read(followed, request.count(), true)) {
                reply(session.replies(), followed);
            } else {
                session.replies().noArray();
            }
        } finally {
            close(followed);
        }
    }

    private FollowedStream begin(ChangeStream stream, ChangeId after) {
        Poro poro = session.server().poro();
        session.server().changeWaits().beginFeed();
        try {
            ChangeFeed feed = after == null ? stream.changes(poro).fromNow().open() : stream.after(poro, after);
            return new FollowedStream(
                    stream, feed, after == null ? ChangeId.of(feed.position(), poro.changes()) : after);
        } catch (RuntimeException | Error e) {
            session.server().changeWaits().endFeed();
            throw e;
        }
    }

    private void close(List<FollowedStream> followed) {
        for (FollowedStream each : followed) {
            session.server().changeWaits().endFeed();
            each.feed.close();
        }
        followed.clear();
    }

    /** The streams of a request: those that the client has followed up to the same place, or others. */
    private List<FollowedStream> follow(Request request) {
        List<FollowedStream> before = open;
        open = new ArrayList<>();
        try {
            for (int i = 0; i < request.streams().size(); i++) {
                ChangeStream stream = request.streams().get(i);
                ChangeId after = request.after().get(i);
                FollowedStream found = take(before, stream, after);
                open.add(found == null ? begin(stream, after) : found);
            }
        } finally {
            close(before);
        }
        return open;
    }

    private static FollowedStream take(List<FollowedStream> before, ChangeStream stream, ChangeId after) {
        for (Iterator<FollowedStream> each = before.iterator(); each.hasNext(); ) {
            FollowedStream followed = each.next();
            if (Arrays.equals(followed.stream.key(), stream.key())
                    && followed.last().equals(after)) {
                each.remove();
                return followed;
            }
        }
        return null;
    }

    /**
     * Reads what there is.
     *
     * @param isLast whether a stream that has nothing for the client replies how far it is, if it has moved
     * @return whether there is something to reply
     */
    private boolean read(List<FollowedStream> followed, int count, boolean isLast) {
        boolean hasMore = false;
        long now = System.nanoTime();
        for (FollowedStream each : followed) {
            each.entries.clear();
            each.read(session.server().poro(), count);
            boolean isIdle = each.entries.isEmpty() && isLast && each.passedOver() > 0;
            if (each.stream.isFiltered() && (isIdle || each.isPositionDue(now)) && each.entries.size() < count) {
                each.add(ChangeStream.position(session.server().poro(), each.feed));
            }
            hasMore |= !each.entries.isEmpty();
        }
        return hasMore;
    }

    private void reply(Replies replies, List<FollowedStream> followed) throws IOException {
        List<FollowedStream> found =
                followed.stream().filter(each -> !each.entries.isEmpty()).toList();
        boolean isMap = session.output().isRespThree();
        if (isMap) {
            replies.map(found.size());
        } else {
            replies.array(found.size());
        }
        for (FollowedStream each : found) {
            if (!isMap) {
                replies.array(2);
            }
            replies.value(each.stream.key());
            replies.array(each.entries.size());
            for (ChangeStream.Entry entry : each.entries) {
                entry.reply(replies);
            }
            each.entries.clear();
        }
    }

    /** Whether the client waits. On any thread. */
    boolean isWaiting() {
        return wait != null;
    }

    /**
     * Ends a wait, as CLIENT UNBLOCK asks for it. On any thread.
     *
     * @return whether there was one
     */
    boolean unblock(boolean withError) {
        Wait current = wait;
        if (current == null) {
            return false;
        }
        current.unblocked = withError ? Unblocked.WITH_ERROR : Unblocked.AS_BY_TIMEOUT;
        current.wake();
        return true;
    }

    /** The client is gone, or begins anew: closes the feeds. Nothing of it runs. */
    void close() {
        Wait current = wait;
        if (current != null) {
            current.end();
        }
        close(open);
    }

    private enum Unblocked {
        NOT,
        AS_BY_TIMEOUT,
        WITH_ERROR
    }

    /** XREAD that waits. */
    private final class Wait implements ChangeWaits.ChangeWait {
        private final Request request;
        private final List<FollowedStream> followed;
        private final boolean hasDeadline;
        private final long deadline;
        private Future<?> timer;
        /** What the feeds had looked at when they last moved, and when that was seen. */
        private long lookedAt = -1;

        private long movedAt;
        private volatile long until;
        private volatile Unblocked unblocked = Unblocked.NOT;

        Wait(Request request, List<FollowedStream> followed) {
            this.request = request;
            this.followed = followed;
            this.hasDeadline = request.blockMillis() > 0;
            this.deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(request.blockMillis());
        }

        /** Looks, and replies or waits on. On a worker. */
        void goOn() throws IOException {
            ChangeWaits waits = session.server().changeWaits();
            wait = this;
            waits.add(session.server().poro().changes(), this);
            Unblocked asked = unblocked; // may change at any time: it is told so then, and looks again
            boolean isOver =
                    asked != Unblocked.NOT || waits.isEnded() || (hasDeadline && System.nanoTime() - deadline >= 0);
            boolean hasMore = read(followed, request.count(), isOver);
            if (hasMore || isOver) {
                end();
            }
            if (asked == Unblocked.WITH_ERROR) {
                session.replies().error("UNBLOCKED", "client unblocked via CLIENT UNBLOCK");
            } else if (hasMore) {
                reply(session.replies(), followed);
            } else if (isOver) {
                session.replies().noArray();
            } else {
                waitOn();
            }
        }

        private void waitOn() {
            long now = System.nanoTime();
            long due = followed.stream()
                    .filter(each -> each.stream.isFiltered() && each.passedOver() > 0)
                    .mapToLong(FollowedStream::positionDueAt)
                    .min()
                    .orElse(now + Long.MAX_VALUE / 2);
            long restAt = restAt(now);
            until = restAt - due < 0 ? restAt : due;
            if (hasDeadline && timer == null) {
                timer = loop().schedule(this::wake, deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            }
            session.connection().park(this::lookAgain);
        }

        /** When the feeds are to give their files back; they do it now if it is time. */
        private long restAt(long now) {
            long looked =
                    followed.stream().mapToLong(each -> each.feed.lookedAt()).sum();
            if (looked != lookedAt) {
                lookedAt = looked;
                movedAt = now;
            }
            if (now - movedAt < REST_NANOS) {
                return movedAt + REST_NANOS;
            }
            followed.forEach(each -> each.feed.rest());
            return now + Long.MAX_VALUE / 2;
        }

        /** On a worker. */
        private void lookAgain() {
            try {
                goOn();
            } catch (PoroException e) {
                close();
                session.output().error(Dispatcher.codeOf(e), Dispatcher.messageOf(e));
            } catch (IOException e) {
                throw new AssertionError("replies go to memory", e);
            }
        }

        private void end() {
            wait = null;
            session.server().changeWaits().remove(this);
            if (timer != null) {
                timer.cancel(false);
            }
        }

        @Override
        public void wake() {
            session.connection().resumeSoon();
        }

        @Override
        public long until() {
            return until;
        }

        @Override
        public EventExecutor loop() {
            return session.connection().loop();
        }
    }
}
