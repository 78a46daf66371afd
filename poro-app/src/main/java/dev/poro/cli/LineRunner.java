package dev.poro.cli;

import java.io.IOException;

/** Runs the lines of a prompt, one after the other, and replies to each. Not thread-safe. */
interface LineRunner {
    /** What to do after a line. */
    enum Status {
        /** Read the next line. */
        GOES_ON,
        /** Quit. */
        QUIT,
        /** Quit, because a failed disk stopped the store: no later write can succeed. */
        STORE_FAILED
    }

    /** Runs the line {@code line[from..to)}, which has no line end. */
    Status execute(byte[] line, int from, int to) throws IOException;

    /** Replies to a line that was too long to be read. */
    Status rejectTooLong() throws IOException;

    /** The longest line in bytes. */
    int maxLineLength();

    /** What a person sees before the next line. */
    String prompt();
}
