package dev.poro.server;

import dev.poro.command.Command;
import dev.poro.command.CommandFlag;
import dev.poro.command.CommandTable;
import dev.poro.command.Replies;
import dev.poro.engine.ChangeRejectedException;
import dev.poro.engine.LogFullException;
import dev.poro.engine.MemoryBudgetExceededException;
import dev.poro.engine.NotCommittedException;
import dev.poro.engine.PoroException;
import dev.poro.engine.PositionLostException;
import dev.poro.engine.StoreFailedException;
import dev.poro.engine.TokenRejectedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Finds the command of a request, decides whether it may run now, and runs it. Every request that is not refused gives
 * its replies to the output of its connection before the next one of that connection runs. Thread-safe.
 */
final class Dispatcher {
    private static final Set<String> ALLOWED_BEFORE_AUTH = Set.of("AUTH", "HELLO", "QUIT", "RESET");

    private static final Set<String> ALLOWED_TO_SUBSCRIBERS =
            Set.of("SUBSCRIBE", "PSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "PING", "QUIT", "RESET");

    /** They take as long as the store is large, or as a disk takes to write it. */
    private static final Set<String> SLOW =
            Set.of("KEYS", "RANDOMKEY", "LCS", "SAVE", "SNAPSHOT", "GETAT", "HISTORY", "JOIN");

    /** What SCAN does in one turn of an event loop: keys that it looks at, and bytes that each is matched with. */
    private static final int MAX_SCANNED = 128;

    private static final int MAX_PATTERN_LENGTH = 64;

    /** EXEC may write. */
    private static final String EXEC = "EXEC";

    private static final int MAX_SHOWN = 128;

    private final ServerContext server;
    private final CommandTable<ClientSession> table;

    Dispatcher(ServerContext server, CommandTable<ClientSession> table) {
        this.server = server;
        this.table = table;
    }

    /**
     * Runs a request of a connection, on the thread of its loop. As Redis does, it ends a connection that speaks HTTP:
     * a web page may have made a browser send commands in its body.
     */
    void run(Connection connection, List<byte[]> words) {
        ClientSession session = connection.session();
        if (Words.is(words.get(0), "POST") || Words.is(words.get(0), "HOST:")) {
            connection.end();
            return;
        }
        Command<? super ClientSession> command = table.named(words.get(0));
        if (command == null) {
            fail(connection, "ERR", unknown(words));
            return;
        }
        String name = command.name();
        if (!session.isAuthenticated() && !ALLOWED_BEFORE_AUTH.contains(name)) {
            fail(connection, "NOAUTH", "Authentication required.");
            return;
        }
        String error = command.arityErrorOf(words);
        if (error != null) {
            refuse(connection, command, error);
            return;
        }
        if (session.isOnlySubscriber() && !ALLOWED_TO_SUBSCRIBERS.contains(name)) {
            fail(
                    connection,
                    "ERR",
                    "Can't execute '" + name.toLowerCase(Locale.ROOT)
                            + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING"
                            + " / QUIT / RESET are allowed in this context");
            return;
        }
        if (!session.mayKeep(name, words)) {
            fail(connection, "ERR", "transaction too large");
            return;
        }
        long pause =
                name.equals("CLIENT") ? 0 : server.clients().pauseNanosOf(command.isWriting() || name.equals(EXEC));
        if (pause > 0) {
            connection.delay(() -> run(connection, words), pause);
        } else if (isForWorker(session, name, words)) {
            connection.runOnWorker(() -> execute(connection, command, words));
        } else if (waitsForCluster(connection, command)) {
            connection.runOnWaiter(() -> execute(connection, command, words));
        } else {
            execute(connection, command, words);
        }
    }

    /** A slow command, or a transaction that has one. */
    private boolean isForWorker(ClientSession session, String name, List<byte[]> words) {
        boolean isQueued = session.transaction().isOpen();
        boolean isSlow = isSlow(name, words);
        boolean hasSlow = isQueued && (isSlow || session.hasSlowTransaction());
        session.setSlowTransaction(hasSlow);
        return isQueued ? hasSlow && name.equals(EXEC) : isSlow;
    }

    /**
     * Whether only the cluster can say when the command is done. Those that are no plain changes of one key are such: a
     * transaction, and whatever is one, as RENAME or DEL of several keys, which goes by what it has read, and tries
     * again if that has changed meanwhile; MGET, whose values must be of one moment; and changes with a token.
     */
    private boolean waitsForCluster(Connection connection, Command<? super ClientSession> command) {
        return server.cluster() != null
                && (isPublishing(connection.session(), command)
                        || (!connection.isUnanswered() && needsCurrent(connection.session(), command)));
    }

    /** Messages wait for room among those that are on their way. */
    private static boolean isPublishing(ClientSession session, Command<? super ClientSession> command) {
        return command.name().equals("PUBLISH") && !session.transaction().isOpen();
    }

    private boolean isSlow(String name, List<byte[]> words) {
        switch (name) {
            case "SCAN":
                return isLongScan(words);
            case "PUBLISH":
                return server.pubSub().isSlowToMatch(words.get(1));
            case "PUBSUB":
                return Words.is(words.get(1), "CHANNELS");
            case "DEBUG":
                return DebugCommands.isSlow(words);
            default:
                return SLOW.contains(name) || ChangeStreamCommands.READING.contains(name);
        }
    }

    private static boolean isLongScan(List<byte[]> words) {
        for (int i = 2; i + 1 < words.size(); i += 2) {
            byte[] value = words.get(i + 1);
            if (Words.is(words.get(i), "COUNT")
                    ? Words.number(value) > MAX_SCANNED
                    : Words.is(words.get(i), "MATCH") && value.length > MAX_PATTERN_LENGTH) {
                return true;
            }
        }
        return false;
    }

    /** Replies to what cannot be run, nor be part of a transaction. */
    private void refuse(Connection connection, String code, String message) {
        connection.session().output().error(code, message);
        connection.session().transaction().fail();
        connection.session().dropToken();
    }

    private void refuse(Connection connection, Command<? super ClientSession> command, String error) {
        int mark = connection.mark();
        try {
            command.refuse(connection.session(), error);
        } catch (IOException e) {
            throw new AssertionError("replies go to memory", e);
        }
        endCommand(connection, mark, false);
    }

    /** Replies to what cannot be run, unless the client wants no replies; a transaction will do nothing then. */
    void fail(Connection connection, String code, String message) {
        int mark = connection.mark();
        refuse(connection, code, message);
        endCommand(connection, mark, false);
    }

    private void execute(Connection connection, Command<? super ClientSession> command, List<byte[]> words) {
        ClientSession session = connection.session();
        int mark = connection.mark();
        long began = System.nanoTime();
        session.onCommand(command.name().toLowerCase(Locale.ROOT));
        server.stats().commands.increment();
        if (server.keyspaceEvents().wantsMisses() && !session.transaction().isOpen()) {
            server.keyspaceEvents().tellMisses(command, words);
        }
        boolean needsCurrent = needsCurrent(session, command);
        try {
            if (needsCurrent) {
                connection.awaitCurrent();
            }
            command.run(session, words);
        } catch (PoroException e) {
            if (needsCurrent && e instanceof NotCommittedException unanswered) {
                connection.onUnanswered(unanswered);
            }
            connection.forgetRepliesAfter(mark);
            session.output().error(codeOf(e), messageOf(e));
            if (command.name().equals(EXEC)) {
                session.transaction().end();
            }
        } catch (IOException e) {
            throw new AssertionError("replies go to memory", e);
        }
        if (command.name().equals(EXEC)) {
            session.subscriptions().endTransaction(connection.hasRepliedArray(mark));
        }
        long micros = (System.nanoTime() - began) / 1_000;
        if (server.slowlog().isSlow(micros)) {
            server.slowlog().add(micros, words, session);
        }
        endCommand(connection, mark, PubSubCommands.LISTENING.contains(command.name()));
    }

    /**
     * Whether what a command finds in the store must be current in the cluster: also if it goes by that what to change.
     */
    private static boolean needsCurrent(ClientSession session, Command<? super ClientSession> command) {
        if (command.name().equals(EXEC)) {
            return session.transaction().isOpen();
        }
        boolean isReading = command.flags().contains(CommandFlag.READONLY);
        return !session.transaction().isOpen() && (command.isWriting() || (isReading && !session.isReadingStale()));
    }

    /** Goes on with a command whose reply was delayed; it may be delayed again. */
    void goOn(Connection connection, Runnable step) {
        int mark = connection.mark();
        step.run();
        endCommand(connection, mark, false);
    }

    /** The words by which clients of Redis know what has happened. */
    static String codeOf(PoroException e) {
        if (e instanceof MemoryBudgetExceededException) {
            return "OOM";
        }
        if (e instanceof NotCommittedException unconfirmed) {
            return unconfirmed.mayStillHappen() ? "UNKNOWN" : "TRYAGAIN";
        }
        if (e instanceof PositionLostException) {
            return "POSITIONLOST";
        }
        if (e instanceof TokenRejectedException rejected) {
            return codeOf(rejected.reason());
        }
        return e instanceof StoreFailedException || e instanceof LogFullException ? "MISCONF" : Replies.GENERAL_ERROR;
    }

    private static String codeOf(TokenRejectedException.Reason reason) {
        switch (reason) {
            case DONE_BEFORE:
                return "TOKENDONE";
            case OUT_OF_TURN:
                return "TOKENGAP";
            case UNKNOWN_CLIENT:
                return "TOKENUNKNOWN";
        }
        throw new AssertionError(reason);
    }

    static String messageOf(PoroException e) {
        return e instanceof ChangeRejectedException rejected ? Command.messageOf(rejected) : e.getMessage();
    }

    /** @param isPushed the reply is a message, which is sent also to a client that wants no replies */
    private void endCommand(Connection connection, int begin, boolean isPushed) {
        if (connection.isDelayed()) {
            return; // its reply is not there yet
        }
        ClientSession session = connection.session();
        String error = session.output().takeLastError();
        int mark = isPushed && error == null ? connection.mark() : begin;
        if (error != null) {
            server.stats().addError(error);
        }
        switch (session.replyMode()) {
            case ON:
                break;
            case OFF:
                connection.forgetRepliesAfter(mark);
                break;
            case SKIP_THIS_AND_NEXT:
                connection.forgetRepliesAfter(mark);
                session.setReplyMode(ClientSession.ReplyMode.SKIP_THIS);
                break;
            case SKIP_THIS:
                connection.forgetRepliesAfter(mark);
                session.setReplyMode(ClientSession.ReplyMode.ON);
                break;
        }
    }

    private static String unknown(List<byte[]> words) {
        StringBuilder text = new StringBuilder("unknown command '");
        text.append(shown(words.get(0), MAX_SHOWN)).append("', with args beginning with: ");
        int begin = text.length();
        for (byte[] word : words.subList(1, words.size())) {
            int left = MAX_SHOWN - (text.length() - begin);
            if (left <= 0) {
                break;
            }
            text.append('\'').append(shown(word, left)).append("' ");
        }
        return text.toString();
    }

    private static String shown(byte[] word, int length) {
        return new String(word, 0, Math.min(word.length, length), StandardCharsets.UTF_8);
    }
}
