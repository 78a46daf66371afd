package dev.poro.command;

import java.io.IOException;
import java.util.List;

/**
 * The context in which commands run. Each front end has its own kind of session, which may offer more to the front
 * end's own commands. Not thread-safe: one thread runs the commands of a session, one after the other.
 */
public abstract class Session {
    private final Transaction transaction = new Transaction();
    private CommandStore store;
    private Replies replies;

    /** The store for the next command that writes, with a token; or {@code null}. */
    private CommandStore storeWithToken;

    /** Whether a token was to be given and could not be. */
    private boolean isTokenMissing;

    /**
     * A session without an open transaction.
     *
     * @param store what the commands act on
     * @param replies receives their replies
     */
    protected Session(CommandStore store, Replies replies) {
        this.store = store;
        this.replies = replies;
    }

    /** The store that the commands act on; while EXEC runs them, the transaction's view of it. */
    public final CommandStore store() {
        return store;
    }

    /** The receiver of the replies. */
    public final Replies replies() {
        return replies;
    }

    /** What MULTI and WATCH have begun. */
    public final Transaction transaction() {
        return transaction;
    }

    /** The longest reply in bytes: a command that finds more replies with an error. */
    protected long maxReplyLength() {
        return Long.MAX_VALUE;
    }

    /**
     * Replies that options are wrong.
     *
     * @param words the name of the command as it was given, and then its arguments
     */
    protected void replyToSyntaxError(Command<?> command, List<byte[]> words) throws IOException {
        replies().error("syntax error");
    }

    /** The change of the next command that writes carries this token. */
    void useToken(long client, long number) {
        storeWithToken = store.withToken(client, number);
        isTokenMissing = false;
    }

    /** The next command that writes was to have a token, which was wrong: it must not be run without one. */
    void missToken() {
        dropToken();
        isTokenMissing = true;
    }

    /** Whether the token that the next command that writes was to have was wrong. */
    public final boolean isTokenMissing() {
        return isTokenMissing;
    }

    /** Whether there is a token for the next command that writes. */
    public final boolean hasToken() {
        return storeWithToken != null;
    }

    /** There is no token any more, nor is one missing. */
    public final void dropToken() {
        storeWithToken = null;
        isTokenMissing = false;
    }

    /** Runs a command on the store with the token, which is of no other command then. */
    void runWithToken(Script command) throws IOException {
        CommandStore once = storeWithToken;
        dropToken();
        runOn(once, replies, command);
    }

    /** Runs commands on another store, with other replies. */
    void runOn(CommandStore otherStore, Replies otherReplies, Script script) throws IOException {
        CommandStore ownStore = store;
        Replies ownReplies = replies;
        store = otherStore;
        replies = otherReplies;
        try {
            script.run();
        } finally {
            store = ownStore;
            replies = ownReplies;
        }
    }

    /** Commands that run one after the other. */
    interface Script {
        void run() throws IOException;
    }
}
