package dev.poro.command;

/** A command cannot be carried out as it was given; the message is the reply. */
final class CommandException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    static final String NO_INTEGER = "value is not an integer or out of range";
    static final String NO_FLOAT = "value is not a valid float";
    static final String OVERFLOW = "increment or decrement would overflow";
    static final String TOO_LONG = "string exceeds maximum allowed size (proto-max-bulk-len)";

    static final String SYNTAX = "syntax error";

    CommandException(String message) {
        super(message, null, false, false);
    }
}
