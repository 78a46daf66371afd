package dev.poro.command;

import dev.poro.engine.ChangeRejectedException;
import dev.poro.engine.EventTooLargeException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A command: its names, its arguments, a summary, and the code that runs it. Immutable and thread-safe.
 *
 * <p>A front end finds it in its {@link CommandTable}, checks the arguments by {@link #argumentErrorOf}, and calls
 * {@link #run}.
 *
 * @param <S> the session that it runs in: {@link Session} if every front end can have the command
 */
public final class Command<S extends Session> {
    private final List<String> names;
    private final ArgumentSpec arguments;
    private final String summary;
    private final boolean writing;
    private final InTransaction inTransaction;
    private final Action<? super S> action;

    /** The code of a command. */
    @FunctionalInterface
    public interface Action<S extends Session> {
        /**
         * Runs the command, and replies.
         *
         * @param words the name of the command as it was given, and then its arguments, the right number of them
         * @throws IOException if the reply cannot be delivered
         * @throws dev.poro.engine.PoroException from the store: the front end replies with its message
         */
        void run(S session, List<byte[]> words) throws IOException;
    }

    /** What becomes of a command while a transaction is open. */
    private enum InTransaction {
        QUEUED,
        AT_ONCE,
        REFUSED
    }

    private Command(
            List<String> names,
            ArgumentSpec arguments,
            String summary,
            boolean writing,
            InTransaction inTransaction,
            Action<? super S> action) {
        this.names = names;
        this.arguments = arguments;
        this.summary = summary;
        this.writing = writing;
        this.inTransaction = inTransaction;
        this.action = action;
    }

    /**
     * A command that writes nothing, and that a transaction queues.
     *
     * @param name upper-case ASCII
     * @param arguments as {@link ArgumentSpec} reads them, for example {@code key value [NX|XX]}
     * @param summary a full sentence or two
     */
    public static <S extends Session> Command<S> of(
            String name, String arguments, String summary, Action<? super S> action) {
        Objects.requireNonNull(action, "action");
        return new Command<>(List.of(name), new ArgumentSpec(arguments), summary, false, InTransaction.QUEUED, action);
    }

    /** The same command, marked as one that changes the store or writes to the disk. */
    public Command<S> writing() {
        return new Command<>(names, arguments, summary, true, inTransaction, action);
    }

    /** The same command, which runs at once also while a transaction is open. */
    public Command<S> atOnce() {
        return new Command<>(names, arguments, summary, writing, InTransaction.AT_ONCE, action);
    }

    /** The same command, which is refused while a transaction is open. */
    public Command<S> outsideOfTransactions() {
        return new Command<>(names, arguments, summary, writing, InTransaction.REFUSED, action);
    }

    /** The same command with one more name: upper-case ASCII. */
    public Command<S> alias(String alias) {
        List<String> all = new ArrayList<>(names);
        all.add(alias);
        return new Command<>(List.copyOf(all), arguments, summary, writing, inTransaction, action);
    }

    /** Its first name. */
    public String name() {
        return names.get(0);
    }

    /** All its names, beginning with {@link #name}. */
    public List<String> names() {
        return names;
    }

    /** The arguments that it takes. */
    public ArgumentSpec arguments() {
        return arguments;
    }

    /** What it does, in a sentence or two. */
    public String summary() {
        return summary;
    }

    /** How it is typed, for example {@code SET key value}. */
    public String usage() {
        return (name() + " " + arguments).trim();
    }

    /**
     * What is wrong with the arguments, for the reply.
     *
     * @param words the name of the command as it was given, and then the arguments
     * @return {@code null} if nothing is wrong
     */
    public String argumentErrorOf(List<byte[]> words) {
        String wrong = arguments.check(words.size() - 1);
        return wrong == null
                ? null
                : "wrong number of arguments for '" + name() + "': " + wrong + "; usage: " + usage();
    }

    /**
     * Runs the command, or queues it while a transaction is open. Replies with an error instead if the command writes
     * and the session is read-only, or if its options or values are wrong.
     *
     * @param words the name of the command as it was given, and then the arguments, in which
     *     {@link #argumentErrorOf} finds nothing wrong. The transaction may keep them.
     * @throws IOException if the reply cannot be delivered
     * @throws dev.poro.engine.PoroException from the store; there was no reply then
     */
    public void run(S session, List<byte[]> words) throws IOException {
        assert argumentErrorOf(words) == null : argumentErrorOf(words);
        if (writing && session.store().isReadOnly()) {
            session.transaction().fail();
            session.replies().error(name() + " is refused: this session is read-only, and writes nothing");
        } else if (inTransaction == InTransaction.AT_ONCE
                || !session.transaction().isOpen()) {
            runNow(session, words);
        } else if (inTransaction == InTransaction.QUEUED) {
            session.transaction().queue(() -> runNow(session, words));
            session.replies().status("QUEUED");
        } else {
            session.transaction().fail();
            session.replies().error(name() + " is not allowed in transactions");
        }
    }

    private void runNow(S session, List<byte[]> words) throws IOException {
        try {
            action.run(session, words);
        } catch (CommandException e) {
            session.replies().error(e.getMessage());
        } catch (ChangeRejectedException e) {
            session.replies().error(textOf(e));
        } catch (EventTooLargeException e) {
            session.replies().error(e.getMessage());
        }
    }

    private static String textOf(ChangeRejectedException e) {
        switch (e.reason()) {
            case NOT_A_NUMBER:
                return CommandException.NO_INTEGER;
            case OVERFLOW:
                return CommandException.OVERFLOW;
            case TOO_LONG:
                return CommandException.TOO_LONG;
            default:
                return e.getMessage();
        }
    }

    /**
     * The options among the words, for the command's own code.
     *
     * @return {@code null} if they are wrong; the error is replied then
     */
    Options optionsOf(Session session, List<byte[]> words) throws IOException {
        Options options = arguments.options(words);
        if (options == null) {
            session.replyToSyntaxError(this, words);
        }
        return options;
    }

    @Override
    public String toString() {
        return name();
    }
}
