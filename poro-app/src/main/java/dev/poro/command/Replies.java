package dev.poro.command;

import java.io.IOException;

/**
 * Receives the replies of a session, one call for one reply. The front end decides their form: text for a person, RESP
 * for a client.
 *
 * <p>A method throws when the reply cannot be delivered any more; the session is over then. Called by the thread of
 * the session only.
 */
public interface Replies {
    /** The command was carried out and has no result. */
    void ok() throws IOException;

    /** A number: a count, a sequence. */
    void integer(long value) throws IOException;

    /** @param value {@code null} if there is none */
    void value(byte[] value) throws IOException;

    /**
     * Text for a person.
     *
     * @param text one or more lines, with {@code \n} between them and none at the end
     */
    void text(String text) throws IOException;

    /**
     * The command failed; it changed nothing, unless the message says otherwise.
     *
     * @param message what is wrong and what the user can do. It may repeat what the user typed, control characters
     *     included.
     */
    void error(String message) throws IOException;
}
