package dev.poro.command;

/**
 * The context in which a command runs. Each front end has its own kind of session, which may offer more to the front
 * end's own commands. Not thread-safe: one thread runs the commands of a session, one after the other.
 */
public interface Session {
    /** The store that the commands act on. */
    CommandStore store();

    /** The receiver of the replies. */
    Replies replies();
}
