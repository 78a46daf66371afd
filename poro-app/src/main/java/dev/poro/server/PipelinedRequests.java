package dev.poro.server;

import dev.poro.engine.Batch;
import dev.poro.engine.ExpireIf;
import dev.poro.engine.Expiry;
import dev.poro.engine.PoroException;
import dev.poro.engine.Replica;
import dev.poro.engine.SetIf;
import dev.poro.engine.SyncPolicy;
import dev.poro.server.RequestRound.Kind;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * The frequent requests of all connections of a loop, which go through the store together: one run of the handlers, and
 * under {@code always} one fsync, for all that has come at the same time. Keys and values are copied from the input
 * straight into the records of the store.
 *
 * <p>What is added here must be {@link #run} before anything else of the same connection runs or replies; in a cluster,
 * its replies must be there. They are those of the command table: a request that is not of the plain form is left to
 * that. Belongs to its loop's thread.
 */
final class PipelinedRequests {
    /** Then it runs, and begins anew: so much waits for one fsync at most, in requests and bytes. */
    private static final int MAX_REQUESTS = 1_024;

    private static final long MAX_LENGTH = 4 << 20;

    /** The same for the values that it reads, which are all in memory before the first reply is written. */
    private static final long MAX_VALUES_LENGTH = 4 << 20;

    /** The record of a change is at most so much longer than its request. */
    private static final int RECORD_ALLOWANCE = 64;

    /** An MSET of more pairs runs alone: each key is compared with all others. */
    private static final int MAX_PAIRS = 32;

    /** If no value is longer, the requests of a run cannot exceed that together, and none needs to be looked up. */
    private static final int SHORT_VALUE = (int) (MAX_VALUES_LENGTH / MAX_REQUESTS);

    private static final ByteBuffer NO_ROOM = ByteBuffer.allocate(0);
    private static final long MILLIS_PER_SECOND = 1_000;
    private static final long MAX_TTL_MILLIS = 1L << 45;

    /**
     * So many messages are on their way to the cluster, and back. With one, all clients would wait for the last one
     * that came in time for it; with many, each message would have few requests.
     */
    private static final int MOST_ON_THEIR_WAY = 8;

    private final ServerContext server;
    private final boolean isForcing;
    private final boolean isClustered;
    private final Runnable wakeUp;

    /** Those that the cluster has got, in order. */
    private final ArrayDeque<RequestRound> onTheirWay = new ArrayDeque<>();

    /**
     * The last one of them, if it could not be sent: it is carried out by another thread when those before it are done.
     * {@code null} if there is none.
     */
    private RequestRound alone;

    private boolean isAloneBegun;

    /** The same in numbers, for all loops. */
    private final OnTheirWay.OfLoop ofLoop;

    /** Not empty while none is on its way: requests that find none are tried again when one comes back. */
    private final ArrayDeque<RequestRound> free = new ArrayDeque<>();

    /** In bytes. What is longer is more than one message to the cluster. */
    private final int longestMessage;

    /** They have a request for which there is no room before one of those on their way is done. */
    private final ArrayDeque<Connection> withoutRoom = new ArrayDeque<>();

    /** In a cluster: reads that need not be current, of connections that wait for nothing else. */
    private final RequestRound stale;

    /** All others. */
    private RequestRound next;

    /** The one of both to which a request is added. */
    private RequestRound round;

    private ByteBuffer view = ByteBuffer.allocate(0);

    PipelinedRequests(ServerContext server, Tick tick) {
        this.server = server;
        this.isClustered = server.cluster() != null;
        this.isForcing = server.poro().syncPolicy() == SyncPolicy.ALWAYS && !isClustered;
        this.wakeUp = tick::wakeUp;
        this.ofLoop = server.onTheirWay().newLoop();
        this.next = newRound(isClustered);
        this.longestMessage = next.pipeline().longestMessage();
        this.stale = isClustered ? newRound(false) : next;
        if (isClustered) {
            free.add(newRound(true));
        }
    }

    private RequestRound newRound(boolean isOrdered) {
        // The values of a round are no longer than was reckoned, unless others make them longer meanwhile.
        long most = 2 * (MAX_VALUES_LENGTH + server.store().maxValueLength());
        return new RequestRound(server, isOrdered ? Replica.MAX_MESSAGE_RECORDS : MAX_REQUESTS, most, isOrdered);
    }

    /** What becomes of a request. */
    enum Added {
        YES,
        /** It is none of those that run together. */
        NO,
        /** Too much is on its way: {@link Connection#onRoom} is called when to try again. */
        LATER
    }

    /** Adds a request, or does nothing. */
    Added add(Connection connection, RequestInput input, RequestParser request) {
        Kind kind = kindOf(input, request);
        if (kind == null
                || connection.isUnanswered()
                || server.clients().isPaused()
                || server.keyspaceEvents().wantsMisses()) {
            return Added.NO;
        }
        boolean isStale = kind.isReading() && connection.session().isReadingStale() && !connection.isOrdered();
        round = isStale ? stale : next;
        if (isFull(request)) {
            if (!makeRoom(isStale)) {
                withoutRoom.add(connection);
                return Added.LATER;
            }
        }
        try {
            if (!add(kind, input, request)) {
                return Added.NO;
            }
        } catch (PoroException e) {
            // Too long a key or value: the command says so.
            return Added.NO;
        }
        round.add(connection, kind);
        return Added.YES;
    }

    private boolean isFull(RequestParser request) {
        long length = round.pipeline().length();
        return round.isFull()
                || length > MAX_LENGTH
                || round.valuesLength() > MAX_VALUES_LENGTH
                || (round.size() > 0 && length + request.length() + RECORD_ALLOWANCE > longestMessage);
    }

    /** Returns false where that would have all clients of the loop wait for the cluster. */
    private boolean makeRoom(boolean isStale) {
        if (isStale || !isClustered) {
            carryOut(round);
            return true;
        }
        if (!pass()) {
            return false;
        }
        round = next;
        return true;
    }

    /** When one of those on their way is done, this is asked again; so one may always be. */
    private boolean mayPass() {
        return onTheirWay.isEmpty()
                || (alone == null
                        && onTheirWay.size() < MOST_ON_THEIR_WAY
                        && server.onTheirWay().hasRoom());
    }

    /**
     * {@code null} for other commands, and other forms. A change that returns the value before it, as GETDEL, is none
     * of them: what has no room among the values of a round may be read again, but that value would be lost.
     */
    private static Kind kindOf(RequestInput input, RequestParser request) {
        int count = request.count();
        if (count < 2 || count > 1 + 2 * MAX_PAIRS) {
            return null;
        }
        long name = nameOf(input, request);
        if (name == Name.MSET) {
            return count % 2 == 1 ? Kind.MSET : null;
        }
        switch (count) {
            case 2:
                return ofKey(name);
            case 3:
                return ofKeyAndValue(name);
            case 4:
                return name == Name.SETEX ? Kind.SETEX : name == Name.PSETEX ? Kind.PSETEX : ofOptions(name);
            case 5:
            case 6:
                return ofOptions(name);
            default:
                return null;
        }
    }

    private static Kind ofKey(long name) {
        if (name == Name.GET) {
            return Kind.GET;
        }
        if (name == Name.INCR) {
            return Kind.INCR;
        }
        if (name == Name.DEL || name == Name.UNLINK) {
            return Kind.DEL;
        }
        if (name == Name.EXISTS) {
            return Kind.EXISTS;
        }
        if (name == Name.DECR) {
            return Kind.DECR;
        }
        if (name == Name.STRLEN) {
            return Kind.STRLEN;
        }
        return name == Name.PERSIST ? Kind.PERSIST : null;
    }

    private static Kind ofKeyAndValue(long name) {
        if (name == Name.SET) {
            return Kind.SET;
        }
        if (name == Name.INCRBY) {
            return Kind.INCRBY;
        }
        if (name == Name.EXPIRE) {
            return Kind.EXPIRE;
        }
        if (name == Name.PEXPIRE) {
            return Kind.PEXPIRE;
        }
        if (name == Name.APPEND) {
            return Kind.APPEND;
        }
        if (name == Name.SETNX) {
            return Kind.SETNX;
        }
        return name == Name.DECRBY ? Kind.DECRBY : null;
    }

    private static Kind ofOptions(long name) {
        return name == Name.SET ? Kind.SET : null;
    }

    /** Names of at most eight letters, in upper case, as numbers. */
    private static final class Name {
        static final long GET = of("GET");
        static final long SET = of("SET");
        static final long MSET = of("MSET");
        static final long SETNX = of("SETNX");
        static final long SETEX = of("SETEX");
        static final long PSETEX = of("PSETEX");
        static final long DEL = of("DEL");
        static final long UNLINK = of("UNLINK");
        static final long EXISTS = of("EXISTS");
        static final long INCR = of("INCR");
        static final long DECR = of("DECR");
        static final long INCRBY = of("INCRBY");
        static final long DECRBY = of("DECRBY");
        static final long EXPIRE = of("EXPIRE");
        static final long PEXPIRE = of("PEXPIRE");
        static final long PERSIST = of("PERSIST");
        static final long APPEND = of("APPEND");
        static final long STRLEN = of("STRLEN");
        static final long EX = of("EX");
        static final long PX = of("PX");
        static final long NX = of("NX");
        static final long XX = of("XX");
        static final long NONE = 0;

        private Name() {}

        static long of(String name) {
            long number = 0;
            for (int i = 0; i < name.length(); i++) {
                number = number << 8 | name.charAt(i);
            }
            return number;
        }
    }

    private static long nameOf(RequestInput input, RequestParser request) {
        return wordOf(input, request, 0);
    }

    private static long wordOf(RequestInput input, RequestParser request, int argument) {
        int from = input.start() + request.start(argument);
        int to = input.start() + request.end(argument);
        if (to - from > Long.BYTES) {
            return Name.NONE;
        }
        long number = 0;
        for (int i = from; i < to; i++) {
            byte b = input.bytes()[i];
            number = number << 8 | (b >= 'a' && b <= 'z' ? b - 'a' + 'A' : b & 0xff);
        }
        return number;
    }

    private boolean add(Kind kind, RequestInput input, RequestParser request) {
        switch (kind) {
            case GET:
                addValue(input, request);
                round.pipeline()
                        .get(input.bytes(), input.start() + request.start(1), request.end(1) - request.start(1));
                return true;
            case SET:
                return addSet(input, request);
            case MSET:
                return addSets(input, request);
            case SETEX:
                return addSet(input, request, expiryAfter(input, request, 2, MILLIS_PER_SECOND), SetIf.ALWAYS, 3);
            case PSETEX:
                return addSet(input, request, expiryAfter(input, request, 2, 1), SetIf.ALWAYS, 3);
            case SETNX:
                return addSet(input, request, Expiry.NONE, SetIf.ABSENT, 2);
            case DEL:
                round.pipeline().delete(argument(input, request, 1));
                return true;
            case EXISTS:
            case STRLEN:
                round.pipeline().contains(argument(input, request, 1));
                return true;
            case INCR:
                round.pipeline().add(argument(input, request, 1), 1);
                return true;
            case DECR:
                round.pipeline().add(argument(input, request, 1), -1);
                return true;
            case INCRBY:
            case DECRBY:
                long delta = numberOf(input, request, 2);
                if (delta == DecimalBytes.INVALID) {
                    return false;
                }
                round.pipeline().add(argument(input, request, 1), kind == Kind.INCRBY ? delta : -delta);
                return true;
            case EXPIRE:
                return addExpiry(input, request, expiryAfter(input, request, 2, MILLIS_PER_SECOND));
            case PEXPIRE:
                return addExpiry(input, request, expiryAfter(input, request, 2, 1));
            case PERSIST:
                round.pipeline().persist(argument(input, request, 1));
                return true;
            case APPEND:
                if (request.start(2) == request.end(2)) {
                    return false;
                }
                ByteBuffer bytes = argument(input, request, 2).duplicate();
                round.appendTo(lengthInStore(input, request), bytes.remaining());
                round.pipeline().append(argument(input, request, 1), bytes);
                return true;
        }
        throw new AssertionError(kind);
    }

    /**
     * What is on its way is not in the store yet: after it, a value may be longer than it is there. The store is looked
     * at last: what is done meanwhile is in it.
     */
    private void addValue(RequestInput input, RequestParser request) {
        boolean isBehindOthers = isClustered && round == next;
        long longest = isBehindOthers ? server.onTheirWay().longest() : 0;
        long appended = isBehindOthers ? server.onTheirWay().appended() : 0;
        round.addValue(lengthInStore(input, request), longest, appended);
    }

    /** With an expiry after a time, and a condition, or without. */
    private boolean addSet(RequestInput input, RequestParser request) {
        Expiry expiry = null;
        SetIf condition = null;
        int at = 3;
        while (at < request.count()) {
            long option = wordOf(input, request, at);
            if ((option == Name.NX || option == Name.XX) && condition == null) {
                condition = option == Name.NX ? SetIf.ABSENT : SetIf.PRESENT;
                at++;
            } else if ((option == Name.EX || option == Name.PX) && expiry == null && at + 1 < request.count()) {
                expiry = expiryAfter(input, request, at + 1, option == Name.EX ? MILLIS_PER_SECOND : 1);
                at += 2;
                if (expiry == null) {
                    return false;
                }
            } else {
                return false;
            }
        }
        return addSet(
                input, request, expiry == null ? Expiry.NONE : expiry, condition == null ? SetIf.ALWAYS : condition, 2);
    }

    /** An argument that is a time to live; {@code null} if it is none, or too long. */
    private static Expiry expiryAfter(RequestInput input, RequestParser request, int argument, long unit) {
        long number = numberOf(input, request, argument);
        return number <= 0 || number > MAX_TTL_MILLIS / unit ? null : new Expiry(Expiry.Kind.AFTER, number * unit);
    }

    private boolean addExpiry(RequestInput input, RequestParser request, Expiry expiry) {
        if (expiry == null) {
            return false;
        }
        round.pipeline().expire(argument(input, request, 1), expiry, ExpireIf.ALWAYS);
        return true;
    }

    /**
     * Adds the argument that is the value.
     *
     * @param expiry {@code null} if it is not of the plain form
     */
    private boolean addSet(RequestInput input, RequestParser request, Expiry expiry, SetIf condition, int argument) {
        if (expiry == null) {
            return false;
        }
        byte[] bytes = input.bytes();
        int base = input.start();
        int key = request.start(1);
        int value = request.start(argument);
        int length = request.end(argument) - value;
        round.changeTo(length);
        round.pipeline().set(bytes, base + key, request.end(1) - key, bytes, base + value, length, expiry, condition);
        return true;
    }

    /** All at once. A batch changes a key once: if one comes twice, the last counts, and the command sees to that. */
    private boolean addSets(RequestInput input, RequestParser request) {
        Batch batch = server.poro().batch();
        for (int key = 1; key < request.count(); key += 2) {
            for (int other = 1; other < key; other += 2) {
                if (areEqual(input, request, key, other)) {
                    return false;
                }
            }
            batch.set(bytesOf(input, request, key), bytesOf(input, request, key + 1));
        }
        round.pipeline().commit(batch);
        round.changeTo(request.length());
        return true;
    }

    private static boolean areEqual(RequestInput input, RequestParser request, int one, int other) {
        int base = input.start();
        return Arrays.equals(
                input.bytes(),
                base + request.start(one),
                base + request.end(one),
                input.bytes(),
                base + request.start(other),
                base + request.end(other));
    }

    private static byte[] bytesOf(RequestInput input, RequestParser request, int argument) {
        int base = input.start();
        return Arrays.copyOfRange(input.bytes(), base + request.start(argument), base + request.end(argument));
    }

    /** At least the length of the value that the key has by now. Looks it up only where values are long. */
    private long lengthInStore(RequestInput input, RequestParser request) {
        int longest = round.pipeline().longestValue();
        return longest <= SHORT_VALUE ? longest : Math.max(0, server.poro().get(argument(input, request, 1), NO_ROOM));
    }

    private static long numberOf(RequestInput input, RequestParser request, int argument) {
        int from = input.start();
        return DecimalBytes.parse(input.bytes(), from + request.start(argument), from + request.end(argument));
    }

    private ByteBuffer argument(RequestInput input, RequestParser request, int argument) {
        if (view.array() != input.bytes()) {
            view = ByteBuffer.wrap(input.bytes());
        }
        int start = input.start();
        return view.limit(start + request.end(argument)).position(start + request.start(argument));
    }

    /** Whether the store forces changes before they are answered. */
    boolean isForcing() {
        return isForcing;
    }

    /** Whether there is something that costs a force. */
    boolean willBeForced() {
        return isForcing && next.hasChange();
    }

    /**
     * Carries out what was added, and writes the replies. In a cluster it does nothing: there, what runs alone comes
     * when nothing of its connection is here.
     */
    void run() {
        if (!isClustered) {
            carryOut(next);
        }
    }

    /**
     * Carries out what was added. In a cluster, what it must order is sent to it, and the replies come later: {@link
     * Tick#wakeUp} is called when {@link #takeDone} has some to write.
     */
    void begin() {
        if (!isClustered) {
            carryOut(next);
            return;
        }
        carryOut(stale);
        if (next.size() > 0) {
            pass();
        }
    }

    /** Writes the replies that the cluster has let come. */
    void takeDone() {
        while (!onTheirWay.isEmpty() && isFirstDone()) {
            finishFirst();
        }
    }

    private boolean isFirstDone() {
        RequestRound first = onTheirWay.peekFirst();
        if (first == alone && !isAloneBegun) {
            isAloneBegun = true;
            first.executeOn(server.waiters(), wakeUp);
        }
        return first.isDone();
    }

    private void carryOut(RequestRound all) {
        if (all.size() > 0) {
            all.execute();
            all.reply();
        }
    }

    /**
     * Hands what was added to the cluster, as one message. What must wait first is handed over by another thread: for
     * keys that have expired to make room, or for a transaction that keeps all others out.
     *
     * @return false if it must wait until one of those on their way is done
     */
    private boolean pass() {
        if (!mayPass()) {
            return false;
        }
        carryOut(stale); // their connections get these replies first
        RequestRound following = takeFree();
        if (following == null) {
            return false;
        }
        RequestRound passed = next;
        next = following;
        onTheirWay.addLast(passed);
        passed.countOnItsWay(server.onTheirWay());
        measureOnTheirWay();
        if (!passed.trySend(wakeUp)) {
            alone = passed;
            isAloneBegun = false;
            wakeUp.run(); // it may be the first
        }
        return true;
    }

    /** Returns {@code null} if there is no memory for one more; then there is one on its way that will be free. */
    private RequestRound takeFree() {
        RequestRound one = free.pollFirst();
        if (one != null) {
            return one;
        }
        try {
            return newRound(true);
        } catch (OutOfMemoryError e) {
            return null;
        }
    }

    private void finishFirst() {
        RequestRound first = onTheirWay.pollFirst();
        if (first == alone) {
            alone = null;
        }
        try {
            first.finish();
            first.reply();
        } finally {
            free.addFirst(first);
            first.countDone();
            measureOnTheirWay();
            for (Connection one = withoutRoom.pollFirst(); one != null; one = withoutRoom.pollFirst()) {
                one.onRoom();
            }
        }
    }

    private void measureOnTheirWay() {
        long longest = 0;
        long appended = 0;
        for (RequestRound sent : onTheirWay) {
            longest = Math.max(longest, sent.longestChanged());
            appended += sent.appended();
        }
        ofLoop.set(longest, appended);
    }
}
