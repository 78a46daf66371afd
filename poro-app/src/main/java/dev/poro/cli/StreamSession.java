package dev.poro.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Runs commands from a stream of bytes, with one reply for each line that is not blank, in order. Replies are written
 * when all input that was read is processed, so a coprocess gets its reply before it sends the next command, and a long
 * script costs two system calls for each 64 KiB.
 */
final class StreamSession {
    private final LineInput lines;
    private final LineRunner runner;
    private final ReplyStream replies;
    private final boolean isPrompting;

    private StreamSession(
            PromptTarget target, InputStream in, OutputStream out, boolean isPrompting, Interrupts interrupts)
            throws IOException {
        this.replies = new ReplyStream(out);
        this.runner = target.runner(replies, interrupts);
        this.lines = new LineInput(in, replies, runner.maxLineLength());
        this.isPrompting = isPrompting;
    }

    /** A session with a program or a file: nothing but replies. */
    static StreamSession withoutPrompt(PromptTarget target, InputStream in, OutputStream out) throws IOException {
        return new StreamSession(target, in, out, false, Interrupts.NONE);
    }

    /** A session with a person whose terminal edits the line. */
    static StreamSession withPrompt(PromptTarget target, InputStream in, OutputStream out, Interrupts interrupts)
            throws IOException {
        return new StreamSession(target, in, out, true, interrupts);
    }

    /** What the person sees before the next line. */
    String prompt() {
        return runner.prompt();
    }

    /**
     * Runs until QUIT or the end of the input.
     *
     * @return the {@link ExitStatus}
     */
    int run() throws IOException {
        while (true) {
            if (isPrompting) {
                replies.print(runner.prompt());
            }
            switch (next()) {
                case GOES_ON:
                    break;
                case QUIT:
                    replies.flush();
                    return replies.hasErrors() ? ExitStatus.FAILURE : ExitStatus.OK;
                case STORE_FAILED:
                    replies.flush();
                    return ExitStatus.STORE_FAILED;
            }
        }
    }

    private LineRunner.Status next() throws IOException {
        switch (lines.next()) {
            case LINE:
                return runner.execute(lines.buffer(), lines.start(), lines.end());
            case TOO_LONG:
                return runner.rejectTooLong();
            case END:
                return LineRunner.Status.QUIT;
        }
        throw new AssertionError();
    }
}
