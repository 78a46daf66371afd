package dev.poro.command;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The commands that need nothing but a store, so that every front end can have them. */
public final class StoreCommands {
    public static final Command<Session> SET = StringCommands.SET;
    public static final Command<Session> GET = StringCommands.GET;
    public static final Command<Session> DEL = KeyCommands.DEL;

    public static final Command<Session> PING = Command.<Session>of(
                    "PING", "[message]", "Show PONG, or the message: the session is alive.", StoreCommands::ping)
            .described("connection", "1.0.0", "fast");

    public static final Command<Session> ECHO = Command.<Session>of(
                    "ECHO",
                    "message",
                    "Show the message.",
                    (session, words) -> session.replies().value(words.get(1)))
            .described("connection", "1.0.0", "loading stale fast");

    public static final Command<Session> TIME = Command.<Session>of(
                    "TIME",
                    "",
                    "Show the time by which keys expire: seconds since 1970, and microseconds of the second.",
                    StoreCommands::time)
            .described("server", "2.6.0", "loading stale fast");

    public static final Command<Session> SNAPSHOT = Command.<Session>of(
                    "SNAPSHOT",
                    "",
                    "Write the contents to a snapshot file, from which the next start is faster; show its sequence.",
                    StoreCommands::snapshot)
            .described("poro", "1.0.0", "admin noscript")
            .writing()
            .outsideOfTransactions();

    public static final Command<Session> INFO = Command.<Session>of(
                    "INFO",
                    "",
                    "Show the state of the store: sequences, keys, memory, the last snapshot, the length of the log.",
                    StoreCommands::info)
            .described("server", "1.0.0", "loading stale");

    /** All of them, in the order in which a user sees them. */
    public static final List<Command<Session>> ALL = List.of(
            SET,
            GET,
            DEL,
            CounterCommands.INCR,
            CounterCommands.INCRBY,
            CounterCommands.DECR,
            CounterCommands.DECRBY,
            CounterCommands.INCRBYFLOAT,
            StringCommands.MSET,
            StringCommands.MGET,
            StringCommands.MSETNX,
            StringCommands.SETNX,
            StringCommands.SETEX,
            StringCommands.PSETEX,
            StringCommands.GETSET,
            StringCommands.GETDEL,
            StringCommands.GETEX,
            StringCommands.APPEND,
            StringCommands.STRLEN,
            StringCommands.GETRANGE,
            StringCommands.SUBSTR,
            StringCommands.SETRANGE,
            LcsCommand.LCS,
            BitCommands.GETBIT,
            BitCommands.SETBIT,
            BitCommands.BITCOUNT,
            KeyCommands.UNLINK,
            KeyCommands.EXISTS,
            KeyCommands.TOUCH,
            KeyCommands.TYPE,
            KeyCommands.KEYS,
            KeyCommands.SCAN,
            KeyCommands.DBSIZE,
            KeyCommands.RANDOMKEY,
            KeyCommands.RENAME,
            KeyCommands.RENAMENX,
            KeyCommands.COPY,
            KeyCommands.FLUSHDB,
            KeyCommands.FLUSHALL,
            KeyFactsCommands.OBJECT,
            KeyFactsCommands.MEMORY,
            KeyFactsCommands.DUMP,
            ExpiryCommands.EXPIRE,
            ExpiryCommands.PEXPIRE,
            ExpiryCommands.EXPIREAT,
            ExpiryCommands.PEXPIREAT,
            ExpiryCommands.TTL,
            ExpiryCommands.PTTL,
            ExpiryCommands.EXPIRETIME,
            ExpiryCommands.PEXPIRETIME,
            ExpiryCommands.PERSIST,
            HistoryCommands.GETAT,
            HistoryCommands.HISTORY,
            TransactionCommands.MULTI,
            TransactionCommands.EXEC,
            TransactionCommands.DISCARD,
            TransactionCommands.WATCH,
            TransactionCommands.UNWATCH,
            PING,
            ECHO,
            TIME,
            SNAPSHOT,
            DurabilityCommands.SAVE,
            DurabilityCommands.BGSAVE,
            DurabilityCommands.LASTSAVE,
            DurabilityCommands.WAIT,
            DurabilityCommands.WAITAOF,
            DurabilityCommands.PORO_SEQ,
            DurabilityCommands.PORO_DURABLE,
            DurabilityCommands.PORO_INFO,
            TokenCommands.PORO_TOKEN,
            INFO);

    private StoreCommands() {}

    private static void ping(Session session, List<byte[]> words) throws IOException {
        if (words.size() == 1) {
            session.replies().status("PONG");
        } else {
            session.replies().value(words.get(1));
        }
    }

    private static void time(Session session, List<byte[]> words) throws IOException {
        long millis = session.store().now();
        session.replies().array(2);
        session.replies().value(ascii(millis / 1_000));
        session.replies().value(ascii(millis % 1_000 * 1_000));
    }

    private static byte[] ascii(long number) {
        return Long.toString(number).getBytes(StandardCharsets.US_ASCII);
    }

    private static void snapshot(Session session, List<byte[]> words) throws IOException {
        session.replies().integer(session.store().snapshot());
    }

    private static void info(Session session, List<byte[]> words) throws IOException {
        session.replies().text(session.store().info());
    }
}
