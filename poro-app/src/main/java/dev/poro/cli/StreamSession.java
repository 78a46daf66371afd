package dev.poro.cli;

import dev.poro.command.CommandStore;
import dev.poro.engine.Poro;
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
    private final Shell shell;
    private final ReplyStream replies;
    private final String prompt;

    private StreamSession(CommandStore store, InputStream in, OutputStream out, String prompt, Interrupts interrupts) {
        this.replies = new ReplyStream(out);
        this.shell = new Shell(store, replies, interrupts);
        this.lines = new LineInput(in, replies, shell.maxLineLength());
        this.prompt = prompt;
    }

    /** A session with a program or a file: nothing but replies. */
    static StreamSession withoutPrompt(Poro store, InputStream in, OutputStream out) {
        return withoutPrompt(CommandStore.of(store), in, out);
    }

    /** A session with a program or a file: nothing but replies. */
    static StreamSession withoutPrompt(CommandStore store, InputStream in, OutputStream out) {
        return new StreamSession(store, in, out, "", Interrupts.NONE);
    }

    /** A session with a person whose terminal edits the line. */
    static StreamSession withPrompt(
            CommandStore store, InputStream in, OutputStream out, String prompt, Interrupts interrupts) {
        return new StreamSession(store, in, out, prompt, interrupts);
    }

    /**
     * Runs until QUIT or the end of the input.
     *
     * @return the {@link ExitStatus}
     */
    int run() throws IOException {
        while (true) {
            replies.print(prompt);
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

    private Shell.Status next() throws IOException {
        switch (lines.next()) {
            case LINE:
                return shell.execute(lines.buffer(), lines.start(), lines.end());
            case TOO_LONG:
                return shell.rejectTooLong();
            case END:
                return Shell.Status.QUIT;
        }
        throw new AssertionError();
    }
}
