package dev.poro.command;

import dev.poro.engine.EventTooLargeException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What MULTI has queued and WATCH remembers in a session. Not thread-safe. */
public final class Transaction {
    private final List<Session.Script> queue = new ArrayList<>();
    private WatchedKeys watched = new WatchedKeys();
    private boolean isOpen;
    private boolean hasFailed;

    Transaction() {}

    /** Whether MULTI has begun and neither EXEC nor DISCARD ended it: commands are queued then. */
    public boolean isOpen() {
        return isOpen;
    }

    /**
     * A command was refused, which was not queued therefore: EXEC will do nothing. Without MULTI, this does nothing.
     */
    public void fail() {
        hasFailed = isOpen;
    }

    void begin() {
        isOpen = true;
    }

    boolean hasFailed() {
        return hasFailed;
    }

    void queue(Session.Script command) {
        queue.add(command);
    }

    WatchedKeys watched() {
        return watched;
    }

    void unwatch() {
        watched = new WatchedKeys();
    }

    /** How many commands are queued. */
    public int size() {
        return queue.size();
    }

    /** How many keys are watched. */
    public int watchedKeys() {
        return watched.size();
    }

    /** Drops everything: what is queued, and what is watched. */
    public void end() {
        queue.clear();
        unwatch();
        isOpen = false;
        hasFailed = false;
    }

    /** Runs what is queued, all or nothing, and ends. */
    void execute(Session session) throws IOException {
        List<Session.Script> commands = List.copyOf(queue);
        WatchedKeys conditions = watched;
        end();
        BufferedReplies replies;
        try {
            replies = session.store().atomically(conditions, view -> {
                BufferedReplies buffered = new BufferedReplies(session);
                session.runOn(view, buffered, () -> {
                    for (Session.Script command : commands) {
                        command.run();
                    }
                });
                return buffered;
            });
        } catch (EventTooLargeException e) {
            throw new CommandException("transaction too large: " + e.getMessage());
        }
        if (replies == null) {
            session.replies().noArray();
        } else {
            session.replies().array(commands.size());
            replies.giveTo(session.replies());
        }
    }
}
