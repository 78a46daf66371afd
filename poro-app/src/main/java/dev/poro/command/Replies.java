package dev.poro.command;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Receives the replies of a session, one call for one reply. The front end decides their form: text for a person, RESP
 * for a client.
 *
 * <p>A method throws when the reply cannot be delivered any more; the session is over then. Called by the thread of
 * the session only.
 */
public interface Replies {
    /** The code of an error of no particular kind. */
    String GENERAL_ERROR = "ERR";

    /** The command was carried out and has no result. */
    void ok() throws IOException;

    /** @param word one word of ASCII, as in {@code PONG} */
    void status(String word) throws IOException;

    /** A number: a count, a sequence. */
    void integer(long value) throws IOException;

    /** @param value {@code null} if there is none */
    void value(byte[] value) throws IOException;

    /**
     * Several replies that are one: so many of the next ones belong to it. They may be arrays, too.
     *
     * @param count 0 or more
     */
    void array(int count) throws IOException;

    /**
     * Several pairs of a name and a value that are one reply: twice as many of the next replies belong to it.
     *
     * @param count of the pairs, 0 or more
     */
    default void map(int count) throws IOException {
        array(2 * count);
    }

    /** Several replies in no particular order, like an {@link #array}. */
    default void set(int count) throws IOException {
        array(count);
    }

    /** Several replies that no command asked for, like an {@link #array}: a message. */
    default void push(int count) throws IOException {
        array(count);
    }

    /** A number with a fraction. */
    default void number(double value) throws IOException {
        value(Double.toString(value).getBytes(StandardCharsets.US_ASCII));
    }

    /** There is no array, because the command did nothing. */
    void noArray() throws IOException;

    /**
     * Text for a person.
     *
     * @param text one or more lines, with {@code \n} between them and none at the end
     */
    void text(String text) throws IOException;

    /**
     * The command failed; it changed nothing, unless the message says otherwise.
     *
     * @param code one word in upper case, by which a program can tell errors apart
     * @param message what is wrong and what the user can do. It may repeat what the user typed, control characters
     *     included.
     */
    void error(String code, String message) throws IOException;

    /** {@link #error(String, String)} of no particular kind. */
    default void error(String message) throws IOException {
        error(GENERAL_ERROR, message);
    }
}
