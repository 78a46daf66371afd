package dev.poro.server;

import dev.poro.command.Command;
import dev.poro.engine.ChangeHold;
import dev.poro.engine.Entry;
import dev.poro.engine.Poro;
import dev.poro.engine.Progress;
import dev.poro.engine.ReadOnlyStore;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/** DEBUG: looks inside, for tests. Refused unless the server was started with {@code --debug-commands}. */
final class DebugCommands {
    private static final String NOT_ALLOWED = "DEBUG command not allowed. Start the server with --debug-commands.";

    private static final double NANOS_PER_SECOND = 1e9;
    private static final double MAX_SLEEP_SECONDS = 1e6;

    /** What the digest of a value begins with in Redis: the type of strings, as four bytes. */
    private static final byte[] TYPE_OF_STRINGS = new byte[Integer.BYTES];

    private static final byte[] EXPIRES = Words.bytes("!!expire!!");
    private static final int DIGEST_LENGTH = 20;

    static final Subcommands SUBCOMMANDS = new Subcommands(
            "DEBUG",
            List.of(
                    allowed("SLEEP", "seconds", "Let this client wait.", DebugCommands::sleep),
                    allowed("DIGEST", "", "Show the digest of all keys and values.", DebugCommands::digest),
                    allowed(
                            "DIGEST-VALUE",
                            "key [key ...]",
                            "Show the digests of values, which are those of Redis.",
                            DebugCommands::digestValues),
                    allowed(
                            "RELOAD",
                            "[option ...]",
                            "Write a snapshot, rebuild the state from it and the log, and compare.",
                            DebugCommands::reload),
                    allowed(
                            "LOADAOF",
                            "",
                            "Rebuild the state from the log, and compare.",
                            (session, words) -> rebuild(session)),
                    allowed(
                            "SET-ACTIVE-EXPIRE",
                            "mode",
                            "0: do not remove expired keys in the background; 1: do.",
                            DebugCommands::setActiveExpire),
                    allowed(
                            "JMAP",
                            "",
                            "Refused: the server shows no memory of the JVM.",
                            (session, words) ->
                                    session.replies().error("DEBUG JMAP is not supported: use the jmap of the JDK"))));

    private DebugCommands() {}

    private static Command<ClientSession> allowed(
            String name, String arguments, String summary, Command.Action<ClientSession> action) {
        return Command.of(name, arguments, summary, (session, words) -> {
            if (session.server().settings().hasDebugCommands()) {
                action.run(session, words);
            } else {
                session.replies().error(NOT_ALLOWED);
            }
        });
    }

    /** Whether it takes as long as the store is large. */
    static boolean isSlow(List<byte[]> words) {
        return Words.is(words.get(1), "RELOAD") || Words.is(words.get(1), "LOADAOF");
    }

    private static void sleep(ClientSession session, List<byte[]> words) throws IOException {
        if (session.isInTransaction()) {
            session.replies().error("DEBUG SLEEP cannot be in a transaction");
            return;
        }
        double seconds;
        try {
            seconds = Double.parseDouble(Words.text(words.get(1)));
        } catch (NumberFormatException e) {
            session.replies().error("value is not a valid float");
            return;
        }
        sleep(
                session,
                System.nanoTime() + (long) (Math.min(Math.max(0, seconds), MAX_SLEEP_SECONDS) * NANOS_PER_SECOND));
    }

    private static void sleep(ClientSession session, long until) {
        long left = until - System.nanoTime();
        if (left <= 0) {
            session.output().ok();
        } else {
            session.connection().delayReply(() -> sleep(session, until), left);
        }
    }

    private static void digest(ClientSession session, List<byte[]> words) throws IOException {
        session.replies()
                .status(String.format(
                        Locale.ROOT, "%016x", session.server().poro().digest()));
    }

    private static void digestValues(ClientSession session, List<byte[]> words) throws IOException {
        session.replies().array(words.size() - 1);
        for (byte[] key : words.subList(1, words.size())) {
            Entry entry = session.server().poro().entry(key);
            byte[] digest = entry == null ? new byte[DIGEST_LENGTH] : digestOf(entry);
            session.replies().status(HexFormat.of().formatHex(digest));
        }
    }

    /** As Redis computes it: what is mixed in is hashed, and then all so far. */
    private static byte[] digestOf(Entry entry) {
        byte[] digest = sha1(sha1(TYPE_OF_STRINGS));
        digest = sha1(xor(digest, sha1(entry.value())));
        return entry.expiry().isPresent() ? xor(digest, sha1(EXPIRES)) : digest;
    }

    private static byte[] sha1(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-1").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-1", e);
        }
    }

    private static byte[] xor(byte[] one, byte[] other) {
        byte[] both = new byte[one.length];
        for (int i = 0; i < both.length; i++) {
            both[i] = (byte) (one[i] ^ other[i]);
        }
        return both;
    }

    /** The options of Redis have no meaning here, but NOSAVE: nothing is written, and nothing is replaced. */
    private static void reload(ClientSession session, List<byte[]> words) throws IOException {
        boolean writes = true;
        for (byte[] option : words.subList(1, words.size())) {
            writes &= !Words.is(option, "NOSAVE");
            if (!Words.is(option, "NOSAVE") && !Words.is(option, "NOFLUSH") && !Words.is(option, "MERGE")) {
                session.replies().error("DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
                return;
            }
        }
        if (writes && !session.isInTransaction()) {
            session.server().poro().snapshot();
        }
        rebuild(session);
    }

    /** On a worker. Nobody changes anything meanwhile, as in Redis. Needs as much memory again as the store. */
    @SuppressWarnings("try") // to be held is all that the resource is for
    private static void rebuild(ClientSession session) throws IOException {
        if (session.isInTransaction()) {
            session.replies().error("DEBUG RELOAD and LOADAOF cannot be in a transaction");
            return;
        }
        Poro poro = session.server().poro();
        String difference;
        try (ChangeHold hold = poro.holdChanges();
                ReadOnlyStore rebuilt = ReadOnlyStore.open(poro.path(), Progress.NONE)) {
            difference = differenceOf(poro, rebuilt);
        }
        if (difference == null) {
            session.replies().ok();
        } else {
            session.replies().error("the state rebuilt from the log differs: " + difference);
        }
    }

    /** What differs, or {@code null}. */
    static String differenceOf(Poro store, ReadOnlyStore rebuilt) {
        String own = stateOf(
                store.keys(),
                store.digest(),
                store.memory().used(),
                store.expiry().keys());
        String other = stateOf(
                rebuilt.keys(),
                rebuilt.digest(),
                rebuilt.memory().used(),
                rebuilt.expiry().keys());
        return own.equals(other) ? null : own + " in memory, " + other + " rebuilt";
    }

    private static String stateOf(long keys, long digest, long memory, long expiring) {
        return String.format(
                Locale.ROOT,
                "%d keys, %d of which expire, with digest %016x in %d bytes",
                keys,
                expiring,
                digest,
                memory);
    }

    private static void setActiveExpire(ClientSession session, List<byte[]> words) throws IOException {
        session.server().poro().setExpiryInBackground(Words.number(words.get(1)) != 0);
        session.replies().ok();
    }
}
