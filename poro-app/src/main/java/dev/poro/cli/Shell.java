package dev.poro.cli;

import dev.poro.command.Command;
import dev.poro.command.CommandStore;
import dev.poro.command.Session;
import dev.poro.engine.Poro;
import dev.poro.engine.PoroException;
import dev.poro.engine.Progress;
import dev.poro.engine.StoreClosedException;
import dev.poro.engine.StoreFailedException;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;

/** The session of a prompt: runs one line against the store and writes its reply. Not thread-safe. */
final class Shell extends Session implements LineRunner {
    private static final String PROMPT = "> ";

    /** An upper bound for a command's name, its blanks and its quotes, in bytes. */
    private static final int COMMAND_ALLOWANCE = 1024;

    /** The most bytes that one byte of a key or value takes in a line: {@code \xHH}. */
    private static final int ESCAPED_LENGTH = 4;

    private final ReplyStream output;
    private final Interrupts interrupts;
    private Status status = Status.GOES_ON;

    /** @param interrupts notifies long-running commands of Ctrl-C */
    Shell(CommandStore store, ReplyStream replies, Interrupts interrupts) {
        super(store, replies);
        this.output = replies;
        this.interrupts = interrupts;
    }

    /** Makes the current line the last. */
    void quit() {
        status = Status.QUIT;
    }

    /** Runs a long operation and shows its progress; throws {@link LongCommand.CancelledException} at Ctrl-C. */
    <T> T runLong(Function<Progress, T> command) throws IOException {
        output.flush();
        return new LongCommand(new ProgressBar(System.err), interrupts).run(command);
    }

    @Override
    public String prompt() {
        return PROMPT;
    }

    /** The longest line in bytes: enough for the longest key and value with every byte escaped. */
    @Override
    public int maxLineLength() {
        long length = (long) ESCAPED_LENGTH * (Poro.MAX_KEY_LENGTH + store().maxValueLength()) + COMMAND_ALLOWANCE;
        return (int) Math.min(length, Integer.MAX_VALUE - 8);
    }

    @Override
    public Status execute(byte[] line, int from, int to) throws IOException {
        if (to - from > maxLineLength()) {
            return rejectTooLong();
        }
        try {
            List<byte[]> words = Lexer.split(line, from, to);
            if (!words.isEmpty()) {
                execute(words);
            }
        } catch (LineSyntaxException e) {
            refuse(e.getMessage());
        } catch (StoreClosedException e) {
            // The shutdown hook was faster: the program is ending, and the command did not happen.
            status = Status.QUIT;
        } catch (StoreFailedException e) {
            replies().error(e.getMessage());
            status = Status.STORE_FAILED;
        } catch (PoroException e) {
            replies().error(e.getMessage());
        }
        return status;
    }

    @Override
    public Status rejectTooLong() throws IOException {
        refuse("line too long: it may have " + maxLineLength() + " bytes; it was ignored");
        return status;
    }

    private void execute(List<byte[]> words) throws IOException {
        Command<? super Shell> command = PromptCommands.TABLE.named(words.get(0));
        if (command == null) {
            refuse(Advice.onUnknown(words.get(0)));
            return;
        }
        String error = command.argumentErrorOf(words);
        if (error != null) {
            command.refuse(this, error + Advice.onTooMany(command, words));
            return;
        }
        command.run(this, words);
    }

    /** Replies to what is no command: it cannot be part of a transaction. */
    private void refuse(String message) throws IOException {
        transaction().fail();
        replies().error(message);
    }

    @Override
    protected void replyToSyntaxError(Command<?> command, List<byte[]> words) throws IOException {
        replies().error("syntax error; usage: " + command.usage() + Advice.onSyntaxError(command, words));
    }
}
