package dev.poro.server;

import dev.poro.command.Replies;
import dev.poro.engine.Batch;
import dev.poro.engine.ChangeRejectedException;
import dev.poro.engine.Expiry;
import dev.poro.engine.NotCommittedException;
import dev.poro.engine.Pipeline;
import dev.poro.engine.PipelineOutcome;
import dev.poro.engine.PoroException;
import dev.poro.engine.SetIf;
import dev.poro.engine.SyncPolicy;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The frequent requests of all connections of a loop, which go through the store together: one run of the handlers, and
 * under {@code always} one fsync, for all that has come at the same time. Keys and values are copied from the input
 * straight into the records of the store.
 *
 * <p>What is added here must be {@link #run} before anything else of the same connection runs or replies. The replies
 * are those of the command table: a request that is not of the plain form is left to that. Belongs to its loop's
 * thread.
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

    private static final Logger LOGGER = LoggerFactory.getLogger(PoroServer.class);

    private final ServerContext server;
    private final Tick tick;
    private final Pipeline pipeline;
    private final boolean isForcing;
    private final Connection[] connections = new Connection[MAX_REQUESTS];
    private final Kind[] kinds = new Kind[MAX_REQUESTS];
    private ByteBuffer view = ByteBuffer.allocate(0);

    /** When the run began; requests that come together do not look at the clock one by one. */
    private long beginMillis;

    /** About as many bytes as the reads of this run will bring. */
    private long valuesLength;

    /** The longest value that a change of this run may have made. */
    private long longestChanged;

    /** Something that is read before any change must be current in the cluster; after one, it is in order. */
    private boolean needsCurrent;

    private boolean hasChange;

    /** How a request is answered. */
    private enum Kind {
        GET("get", true),
        SET("set"),
        MSET("mset"),
        SETNX("setnx"),
        DEL("del"),
        EXISTS("exists", true),
        INCR("incr"),
        DECR("decr"),
        INCRBY("incrby"),
        APPEND("append"),
        STRLEN("strlen", true);

        private final String command;
        private final boolean isReading;

        Kind(String command) {
            this(command, false);
        }

        Kind(String command, boolean isReading) {
            this.command = command;
            this.isReading = isReading;
        }
    }

    PipelinedRequests(ServerContext server, Tick tick) {
        this.server = server;
        this.tick = tick;
        this.pipeline = server.poro().pipeline();
        this.isForcing = server.poro().syncPolicy() == SyncPolicy.ALWAYS && server.cluster() == null;
    }

    /**
     * Adds a request.
     *
     * @return false if it is none of those that run together; nothing is added then
     */
    boolean add(Connection connection, RequestInput input, RequestParser request) {
        Kind kind = kindOf(input, request);
        if (kind == null
                || server.clients().isPaused()
                || server.keyspaceEvents().wantsMisses()) {
            return false;
        }
        if (pipeline.size() == MAX_REQUESTS || pipeline.length() > MAX_LENGTH || valuesLength > MAX_VALUES_LENGTH) {
            run();
        }
        try {
            if (!add(kind, input, request)) {
                return false;
            }
        } catch (PoroException e) {
            // Too long a key or value: the command says so.
            return false;
        }
        int index = pipeline.size() - 1;
        if (index == 0) {
            beginMillis = System.currentTimeMillis();
        }
        connections[index] = connection;
        hasChange |= !kind.isReading;
        needsCurrent |= !hasChange && !connection.session().isReadingStale();
        kinds[index] = kind;
        connection.session().onCommand(kind.command, beginMillis);
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
                valuesLength += Math.max(lengthInStore(input, request), longestChanged);
                pipeline.get(input.bytes(), input.start() + request.start(1), request.end(1) - request.start(1));
                return true;
            case SET:
                return addSet(input, request);
            case MSET:
                return addSets(input, request);
            case SETNX:
                addSet(input, request, Expiry.NONE, SetIf.ABSENT);
                return true;
            case DEL:
                pipeline.delete(argument(input, request, 1));
                return true;
            case EXISTS:
            case STRLEN:
                pipeline.contains(argument(input, request, 1));
                return true;
            case INCR:
                pipeline.add(argument(input, request, 1), 1);
                return true;
            case DECR:
                pipeline.add(argument(input, request, 1), -1);
                return true;
            case INCRBY:
                long delta = numberOf(input, request, 2);
                if (delta == DecimalBytes.INVALID) {
                    return false;
                }
                pipeline.add(argument(input, request, 1), delta);
                return true;
            case APPEND:
                if (request.start(2) == request.end(2)) {
                    return false;
                }
                ByteBuffer bytes = argument(input, request, 2).duplicate();
                longestChanged =
                        Math.max(longestChanged, lengthInStore(input, request) + longestChanged + bytes.remaining());
                pipeline.append(argument(input, request, 1), bytes);
                return true;
        }
        throw new AssertionError(kind);
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
        longestChanged = Math.max(longestChanged, request.end(2) - value);
        pipeline.set(
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
        pipeline.commit(batch);
        longestChanged = Math.max(longestChanged, request.length());
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
        int longest = pipeline.longestValue();
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
        return isForcing && hasChange;
    }

    /** Runs what was added, and writes the replies. */
    void run() {
        int size = pipeline.size();
        if (size == 0) {
            return;
        }
        PoroException outdated = awaitCurrent();
        PoroException failure = outdated == null ? execute() : outdated;
        for (int i = 0; i < size; i++) {
            if (outdated == null) {
                reply(i, failure);
            } else {
                fail(i, outdated);
            }
        }
        for (int i = 0; i < size; i++) {
            connections[i].onPipelined();
        }
        server.stats().commands.add(size);
        Arrays.fill(connections, 0, size, null);
        pipeline.reset();
        valuesLength = 0;
        longestChanged = 0;
        needsCurrent = false;
        hasChange = false;
    }

    /**
     * Returns {@code null} if what is read will be current, and what is changed has a chance; otherwise nothing is
     * done.
     */
    private PoroException awaitCurrent() {
        try {
            if (needsCurrent) {
                tick.awaitCurrent();
            }
            if (hasChange) {
                tick.requireAnswers();
            }
            return null;
        } catch (PoroException e) {
            return e;
        }
    }

    /** Whatever happens, each request gets a reply. Returns {@code null} if all is done. */
    private PoroException execute() {
        try {
            pipeline.execute();
            return null;
        } catch (NotCommittedException e) {
            tick.onUnanswered(e);
            return e;
        } catch (PoroException e) {
            return e;
        } catch (RuntimeException | Error e) {
            LOGGER.warn("requests have failed", e);
            return new PoroException("the server has failed to carry this out: " + e, e);
        }
    }

    private void reply(int index, PoroException failure) {
        RespReplies replies = connections[index].session().output();
        int mark = connections[index].mark();
        try {
            reply(index, kinds[index], replies);
        } catch (PoroException e) {
            connections[index].forgetRepliesAfter(mark);
            // If the store has stopped, what execute has said tells more.
            fail(index, failure == null || e instanceof ChangeRejectedException ? e : failure);
        } catch (OutOfMemoryError e) {
            connections[index].forgetRepliesAfter(mark);
            replies.error(Replies.GENERAL_ERROR, "the server has too little memory for the value; try again");
        }
    }

    private void fail(int index, PoroException told) {
        String code = Dispatcher.codeOf(told);
        connections[index].session().output().error(code, Dispatcher.messageOf(told));
        server.stats().addError(code);
    }

    private void reply(int index, Kind kind, RespReplies replies) {
        switch (kind) {
            case GET:
                replies.value(pipeline.view(index));
                break;
            case SET:
                pipeline.existed(index);
                replies.ok();
                break;
            case MSET:
                pipeline.batchOutcome(index);
                replies.ok();
                break;
            case SETNX:
                boolean isUnmet = pipeline.outcome(index) == PipelineOutcome.UNMET;
                replies.integer(isUnmet || pipeline.existed(index) ? 0 : 1);
                break;
            case DEL:
            case EXISTS:
                replies.integer(pipeline.existed(index) ? 1 : 0);
                break;
            case STRLEN:
                replies.integer(Math.max(0, pipeline.valueLength(index)));
                break;
            case INCR:
            case DECR:
            case INCRBY:
            case APPEND:
                replies.integer(pipeline.number(index));
                break;
        }
    }
}
