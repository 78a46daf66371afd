package dev.poro.cli;

import dev.poro.engine.PoroException;
import dev.poro.engine.StoreClosedException;
import dev.poro.engine.StoreFailedException;
import dev.poro.events.Limits;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.TypeConversionException;

/** Carries out one line against the store and writes its reply. Not thread-safe. */
final class Shell {
    /** Of a name that no command has, so much is shown. */
    private static final int MAX_NAME_SHOWN = 64;

    /** More than any command's name, its blanks and its quotes take. */
    private static final int COMMAND_ALLOWANCE = 1024;

    /** The most bytes that one byte of a key or value takes in a line: {@code \xHH}. */
    private static final int ESCAPED_LENGTH = 4;

    /** What became of a line. */
    enum Status {
        /** Done; or the line was blank. */
        DONE,
        /** Replied with an error. */
        FAILED,
        /** The user wants to leave. */
        QUIT,
        /** Replied with an error, and no later write can succeed: a failed disk stopped the store. */
        STORE_FAILED
    }

    /** What a session that only looks refuses. */
    private static final Set<Command> CHANGES = EnumSet.of(Command.SET, Command.DEL, Command.SNAPSHOT, Command.BACKUP);

    private final ShellStore store;
    private final ReplyStream replies;
    private final Interrupts interrupts;

    /** @param interrupts tell a command that takes long of Ctrl-C */
    Shell(ShellStore store, ReplyStream replies, Interrupts interrupts) {
        this.store = store;
        this.replies = replies;
        this.interrupts = interrupts;
    }

    /** Bytes of a line, at most: enough for the longest key and value with every byte escaped. */
    int maxLineLength() {
        long length = (long) ESCAPED_LENGTH * (Limits.MAX_KEY_LENGTH + store.maxValueLength()) + COMMAND_ALLOWANCE;
        return (int) Math.min(length, Integer.MAX_VALUE - 8);
    }

    /** Carries out {@code line[from..to)}, which has no line end. */
    Status execute(byte[] line, int from, int to) throws IOException {
        if (to - from > maxLineLength()) {
            return rejectTooLong();
        }
        try {
            List<byte[]> arguments = Lexer.split(line, from, to);
            return arguments.isEmpty() ? Status.DONE : execute(arguments);
        } catch (LineSyntaxException e) {
            return fail(e.getMessage());
        } catch (StoreClosedException e) {
            // The shutdown hook was faster. The program is on its way out, and the command did not happen.
            return Status.QUIT;
        } catch (StoreFailedException e) {
            replies.error(e.getMessage());
            return Status.STORE_FAILED;
        } catch (PoroException e) {
            return fail(e.getMessage());
        }
    }

    /** Replies to a line that was too long to be read. */
    Status rejectTooLong() throws IOException {
        return fail("line too long: it may have " + maxLineLength() + " bytes; it was ignored");
    }

    private Status execute(List<byte[]> arguments) throws IOException {
        Command command = Command.named(arguments.get(0));
        if (command == null) {
            return failUnknown(arguments.get(0));
        }
        String arityError = command.arityErrorOf(arguments.size() - 1);
        if (arityError != null) {
            boolean tooMany = arguments.size() - 1 > command.arguments().size();
            return fail(arityError + (tooMany ? Advice.onTooMany(command, arguments) : ""));
        }
        if (store.isReadOnly() && CHANGES.contains(command)) {
            return fail(command + " is refused: this session is read-only, and writes nothing");
        }
        switch (command) {
            case SET:
                store.set(arguments.get(1), arguments.get(2));
                replies.ok();
                return Status.DONE;
            case GET:
                replies.value(store.get(arguments.get(1)));
                return Status.DONE;
            case DEL:
                replies.count(store.delete(arguments.get(1)));
                return Status.DONE;
            case SNAPSHOT:
                replies.integer(store.snapshot());
                return Status.DONE;
            case BACKUP:
                return backup(arguments.get(1));
            case INFO:
                store.replyInfo(replies);
                return Status.DONE;
            case HELP:
                return arguments.size() == 1 ? helpOnAll() : helpOn(arguments.get(1));
            case QUIT:
                return Status.QUIT;
        }
        throw new AssertionError(command);
    }

    private Status backup(byte[] directory) throws IOException {
        Path target;
        try {
            target = new PathConverter().convert(Utf8.decode(directory));
        } catch (CharacterCodingException | TypeConversionException e) {
            return fail("not the name of a directory: "
                    + (e instanceof TypeConversionException ? e.getMessage() : Quoting.quote(directory)));
        }
        replies.flush();
        try {
            LongCommand command = new LongCommand(new ProgressBar(System.err), interrupts);
            replies.integer(
                    command.run(progress -> store.backup(target, progress)).lastSequence());
            return Status.DONE;
        } catch (LongCommand.CancelledException e) {
            return fail(
                    "cancelled; what is copied is kept in " + target + ".unfinished: the same command goes on with it");
        }
    }

    private Status helpOnAll() throws IOException {
        for (Command command : Command.values()) {
            replies.line(command.help());
        }
        replies.line("");
        replies.line("Upper or lower case does not matter. Put quotes around a key or a value with blanks:");
        replies.line("  SET greeting \"Hello, World!\"");
        replies.line("Between double quotes, \\n \\r \\t \\a \\b \\\" \\\\ and \\xHH stand for one byte.");
        return Status.DONE;
    }

    private Status helpOn(byte[] name) throws IOException {
        Command command = Command.named(name);
        if (command == null) {
            return failUnknown(name);
        }
        replies.line(command.help());
        return Status.DONE;
    }

    private Status failUnknown(byte[] name) throws IOException {
        return fail("unknown command " + shown(name) + Advice.onUnknown(name) + "; HELP lists the commands");
    }

    private Status fail(String message) throws IOException {
        replies.error(message);
        return Status.FAILED;
    }

    private static String shown(byte[] name) {
        return name.length <= MAX_NAME_SHOWN
                ? Quoting.quote(name)
                : Quoting.quote(Arrays.copyOf(name, MAX_NAME_SHOWN)) + "...";
    }
}
