package dev.poro.cli;

/** A line that cannot be split into arguments. */
final class LineSyntaxException extends Exception {
    private static final long serialVersionUID = 1L;

    LineSyntaxException(String message) {
        super(message);
    }
}
