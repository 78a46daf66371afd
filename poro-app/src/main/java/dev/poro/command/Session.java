package dev.poro.command;

/**
 * What a command knows of its caller. Each front end has its own kind of session, which may offer more to the front
 * end's own commands. Not thread-safe: one thread runs the commands of a session, one after the other.
 */
public interface Session {
    /** What the commands act on. */
    CommandStore store();

    /** Where their replies go. */
    Replies replies();
}
