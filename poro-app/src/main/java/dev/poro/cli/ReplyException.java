package dev.poro.cli;

import java.io.IOException;

/** A reply could not be written: the reader is gone, or the disk that standard output goes to is full. */
final class ReplyException extends IOException {
    private static final long serialVersionUID = 1L;

    ReplyException(IOException cause) {
        super("cannot write to standard output: " + cause.getMessage(), cause);
    }

    /** Whether the reader just went away, as {@code head} does; nothing to complain about. */
    boolean isBrokenPipe() {
        return String.valueOf(getCause().getMessage()).contains("Broken pipe");
    }
}
