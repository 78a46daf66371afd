package dev.poro.server;

import dev.poro.engine.Batch;
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
    private final Tick tick;
    private final boolean isForcing;
    private final boolean isClustered;
    private final Runnable wakeUp;

    /** Those that the cluster has got, in order. */
    private final ArrayDeque<RequestRound> onTheirWay = new ArrayDeque<>();

    /** The longest value that one of these may have made, and how many bytes all of them append. */
    private long longestOnItsWay;

    private long appendedOnItsWay;

    private final ArrayDeque<RequestRound> free = new ArrayDeque<>();

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
        this.tick = tick;
        this.isClustered = server.cluster() != null;
        this.isForcing = server.poro().syncPolicy() == SyncPolicy.ALWAYS && !isClustered;
        this.wakeUp = tick::wakeUp;
        this.next = newRound(isClustered);
        this.stale = isClustered ? newRound(false) : next;
    }

    private RequestRound newRound(boolean isOrdered) {
        return new RequestRound(server, tick, isOrdered ? Replica.MAX_MESSAGE_RECORDS : MAX_REQUESTS, isOrdered);
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
                || server.clients().isPaused()
                || server.keyspaceEvents().wantsMisses()) {
            return Added.NO;
        }
        boolean isStale = kind.isReading() && connection.session().isReadingStale() && !connection.isOrdered();
        round = isStale ? stale : next;
        if (round.isFull() || round.pipeline().length() > MAX_LENGTH || round.valuesLength() > MAX_VALUES_LENGTH) {
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

    /** Returns false where that would have all clients of the loop wait for the cluster. */
    private boolean makeRoom(boolean isStale) {
        if (isStale || !isClustered) {
            carryOut(round);
            return true;
        }
        if (onTheirWay.size() >= MOST_ON_THEIR_WAY) {
            return false;
        }
        pass();
        round = next;
        return true;
    }

    /** {@code null} for other commands, and other forms. */
    private static Kind kindOf(RequestInput input, RequestParser request) {
        int count = request.count();
        if (count < 2 || count > 1 + 2 * MAX_PAIRS) {
            return null;
        }
        long name = nameOf(input, request);
        if (name == Name.MSET) {
            return count % 2 == 1 ? Kind.MSET : null;
        }
        if (count > 5) {
            return null;
        }
        if (count == 2) {
            return name == Name.GET
                    ? Kind.GET
                    : name == Name.INCR
                            ? Kind.INCR
                            : name == Name.DEL || name == Name.UNLINK
                                    ? Kind.DEL
                                    : name == Name.EXISTS
                                            ? Kind.EXISTS
                                            : name == Name.DECR ? Kind.DECR : name == Name.STRLEN ? Kind.STRLEN : null;
        }
        if (name == Name.SET) {
            return count == 4 ? null : Kind.SET;
        }
        return count != 3
                ? null
                : name == Name.INCRBY
                        ? Kind.INCRBY
                        : name == Name.APPEND ? Kind.APPEND : name == Name.SETNX ? Kind.SETNX : null;
    }

    /** Names of at most eight letters, in upper case, as numbers. */
    private static final class Name {
        static final long GET = of("GET");
        static final long SET = of("SET");
        static final long MSET = of("MSET");
        static final long SETNX = of("SETNX");
        static final long DEL = of("DEL");
        static final long UNLINK = of("UNLINK");
        static final long EXISTS = of("EXISTS");
        static final long INCR = of("INCR");
        static final long DECR = of("DECR");
        static final long INCRBY = of("INCRBY");
        static final long APPEND = of("APPEND");
        static final long STRLEN = of("STRLEN");
        static final long EX = of("EX");
        static final long PX = of("PX");
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
                addValue(lengthInStore(input, request));
                round.pipeline()
                        .get(input.bytes(), input.start() + request.start(1), request.end(1) - request.start(1));
                return true;
            case SET:
                return addSet(input, request);
            case MSET:
                return addSets(input, request);
            case SETNX:
                addSet(input, request, Expiry.NONE, SetIf.ABSENT);
                return true;
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
                long delta = numberOf(input, request, 2);
                if (delta == DecimalBytes.INVALID) {
                    return false;
                }
                round.pipeline().add(argument(input, request, 1), delta);
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

    /** What is on its way is not in the store yet: after it, a value may be longer than it is there. */
    private void addValue(long length) {
        if (round == next) {
            round.addValue(length, longestOnItsWay, appendedOnItsWay);
        } else {
            round.addValue(length, 0, 0);
        }
    }

    /** With an expiry after a time, or without one. */
    private boolean addSet(RequestInput input, RequestParser request) {
        Expiry expiry = Expiry.NONE;
        if (request.count() == 5) {
            long option = wordOf(input, request, 3);
            long number = numberOf(input, request, 4);
            long unit = option == Name.EX ? MILLIS_PER_SECOND : option == Name.PX ? 1 : 0;
            if (unit == 0 || number <= 0 || number > MAX_TTL_MILLIS / unit) {
                return false;
            }
            expiry = new Expiry(Expiry.Kind.AFTER, number * unit);
        }
        addSet(input, request, expiry, SetIf.ALWAYS);
        return true;
    }

    private void addSet(RequestInput input, RequestParser request, Expiry expiry, SetIf condition) {
        byte[] bytes = input.bytes();
        int base = input.start();
        int key = request.start(1);
        int value = request.start(2);
        round.changeTo(request.end(2) - value);
        round.pipeline()
                .set(
                        bytes,
                        base + key,
                        request.end(1) - key,
                        bytes,
                        base + value,
                        request.end(2) - value,
                        expiry,
                        condition);
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
        runStale();
        if (next.size() > 0 && onTheirWay.size() < MOST_ON_THEIR_WAY) {
            pass();
        }
    }

    /** Writes the replies that the cluster has let come. */
    void takeDone() {
        while (!onTheirWay.isEmpty() && onTheirWay.peekFirst().isDone()) {
            finishFirst();
        }
    }

    private void runStale() {
        if (isClustered) {
            carryOut(stale);
        }
    }

    private void carryOut(RequestRound all) {
        if (all.size() > 0) {
            all.execute();
            all.reply();
        }
    }

    /** Hands what was added to the cluster; what is no single message waits there alone. */
    private void pass() {
        runStale(); // their connections get these replies first
        if (next.trySend(wakeUp)) {
            onTheirWay.addLast(next);
            measureOnTheirWay();
            next = free.isEmpty() ? newRound(true) : free.pollFirst();
            return;
        }
        while (!onTheirWay.isEmpty()) {
            finishFirst();
        }
        carryOut(next);
    }

    private void finishFirst() {
        RequestRound first = onTheirWay.pollFirst();
        first.finish();
        first.reply();
        free.addFirst(first);
        measureOnTheirWay();
        for (Connection one = withoutRoom.pollFirst(); one != null; one = withoutRoom.pollFirst()) {
            one.onRoom();
        }
    }

    private void measureOnTheirWay() {
        longestOnItsWay = 0;
        appendedOnItsWay = 0;
        for (RequestRound sent : onTheirWay) {
            longestOnItsWay = Math.max(longestOnItsWay, sent.longestChanged());
            appendedOnItsWay += sent.appended();
        }
    }
}
