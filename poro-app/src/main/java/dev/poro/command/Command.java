package dev.poro.command;

import dev.poro.engine.ChangeRejectedException;
import dev.poro.engine.EventTooLargeException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

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
    private final CommandFacts facts;
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
            CommandFacts facts,
            boolean writing,
            InTransaction inTransaction,
            Action<? super S> action) {
        this.names = names;
        this.arguments = arguments;
        this.summary = summary;
        this.facts = facts;
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
        return new Command<>(
                List.of(name),
                new ArgumentSpec(arguments),
                summary,
                CommandFacts.NONE,
                false,
                InTransaction.QUEUED,
                action);
    }

    /**
     * The same command with what COMMAND INFO and COMMAND DOCS say about it. The flag {@code write} is that of a
     * command that is {@link #writing()}.
     *
     * @param group as in Redis' documentation: {@code string}, {@code generic} and so on
     * @param since the version of Redis that had it first
     * @param flags as Redis writes them, with blanks between them
     */
    public Command<S> described(String group, String since, String flags) {
        CommandFacts described = CommandFacts.of(group, since, flags);
        boolean isWriting = writing || described.flags().contains(CommandFlag.WRITE);
        return new Command<>(names, arguments, summary, described, isWriting, inTransaction, action);
    }

    /**
     * The same command, whose words are checked before it is run or queued, as those of subcommands are.
     *
     * @param check returns what is wrong, or {@code null}
     */
    public Command<S> checkedBy(Function<List<byte[]>, String> check) {
        return new Command<>(names, arguments, summary, facts.checkedBy(check), writing, inTransaction, action);
    }

    /** The same command, marked as one that changes the store or writes to the disk. */
    public Command<S> writing() {
        return new Command<>(names, arguments, summary, facts, true, inTransaction, action);
    }

    /** The same command, which runs at once also while a transaction is open. */
    public Command<S> atOnce() {
        return new Command<>(names, arguments, summary, facts, writing, InTransaction.AT_ONCE, action);
    }

    /** The same command, which is refused while a transaction is open. */
    public Command<S> outsideOfTransactions() {
        CommandFacts flagged = facts.and(CommandFlag.NO_MULTI);
        return new Command<>(names, arguments, summary, flagged, writing, InTransaction.REFUSED, action);
    }

    /** The same command with one more name: upper-case ASCII. */
    public Command<S> alias(String alias) {
        List<String> all = new ArrayList<>(names);
        all.add(alias);
        return new Command<>(List.copyOf(all), arguments, summary, facts, writing, inTransaction, action);
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

    /** What kind of command it is, as COMMAND INFO says. */
    public Set<CommandFlag> flags() {
        return facts.flags();
    }

    /** Whether it changes the store or writes to the disk. */
    public boolean isWriting() {
        return writing;
    }

    /** The group of Redis' documentation that it belongs to. */
    public String group() {
        return facts.group();
    }

    /** The version of Redis that had it first. */
    public String since() {
        return facts.since();
    }

    /** The categories of access control that it belongs to, as in {@code @string}. */
    public List<String> categories() {
        return facts.categories(name());
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
     * What is wrong with the number of arguments, in the words of Redis. As there, some commands take too many at
     * first, and reply with the same error when they run: what was queued by MULTI stays queued.
     *
     * @param words the name of the command as it was given, and then the arguments
     * @return {@code null} if nothing is wrong
     */
    public String arityErrorOf(List<byte[]> words) {
        int arity = arguments.arity();
        boolean isRight = arity >= 0 ? words.size() == arity : words.size() >= -arity;
        return isRight ? null : arityError(name());
    }

    /** @param name in any case; that of a subcommand is as in {@code OBJECT|ENCODING} */
    static String arityError(String name) {
        return "wrong number of arguments for '" + name.toLowerCase(Locale.ROOT) + "' command";
    }

    /**
     * Replies why the command cannot be run; what MULTI has begun will do nothing then, and ends at once if the command
     * is EXEC.
     *
     * @param error for example what {@link #arityErrorOf} returned
     */
    public void refuse(S session, String error) throws IOException {
        session.transaction().fail();
        session.dropToken();
        if (this == TokenCommands.PORO_TOKEN && !session.transaction().isOpen()) {
            session.missToken();
        }
        if (name().equals("EXEC")) {
            session.transaction().end();
            session.replies().error("EXECABORT", "Transaction discarded because of: " + error);
        } else {
            session.replies().error(error);
        }
    }

    /**
     * Runs the command, or queues it while a transaction is open. Replies with an error instead if the command writes
     * and the session is read-only, or if its options or values are wrong.
     *
     * @param words the name of the command as it was given, and then the arguments, in which
     *     {@link #argumentErrorOf} or {@link #arityErrorOf} finds nothing wrong. The transaction may keep them.
     * @throws IOException if the reply cannot be delivered
     * @throws dev.poro.engine.PoroException from the store; there was no reply then
     */
    public void run(S session, List<byte[]> words) throws IOException {
        assert arityErrorOf(words) == null : arityErrorOf(words);
        String error = facts.check().apply(words);
        if (error != null) {
            refuse(session, error);
        } else if (writing && session.store().isReadOnly()) {
            refuse(session, name() + " is refused: this session is read-only, and writes nothing");
        } else if (inTransaction == InTransaction.AT_ONCE
                || !session.transaction().isOpen()) {
            runNow(session, words);
        } else if (inTransaction == InTransaction.QUEUED) {
            session.transaction().queue(() -> runNow(session, words));
            session.replies().status("QUEUED");
        } else {
            refuse(session, "Command not allowed inside a transaction");
        }
    }

    private void runNow(S session, List<byte[]> words) throws IOException {
        if (arguments.check(words.size() - 1) != null) {
            session.dropToken();
            session.replies().error(arityError(Names.upper(words.get(0))));
            return;
        }
        try {
            boolean writes = facts.flags().contains(CommandFlag.WRITE);
            if (writes && session.isTokenMissing()) {
                session.dropToken();
                throw new CommandException(name() + " " + TokenCommands.MISSING);
            }
            if (writes && session.hasToken()) {
                session.runWithToken(() -> action.run(session, words));
            } else {
                action.run(session, words);
            }
        } catch (CommandException e) {
            session.replies().error(e.getMessage());
        } catch (ChangeRejectedException e) {
            session.replies().error(messageOf(e));
        } catch (EventTooLargeException e) {
            session.replies().error(e.getMessage());
        }
    }

    /** What a client of Redis is told of a change that was rejected. */
    public static String messageOf(ChangeRejectedException e) {
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
