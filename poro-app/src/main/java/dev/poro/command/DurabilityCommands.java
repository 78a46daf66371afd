package dev.poro.command;

import java.io.IOException;
import java.util.List;

/** The commands on what is kept on disk. */
final class DurabilityCommands {
    static final Command<Session> SAVE = Command.<Session>of(
                    "SAVE", "", "Write a snapshot, as SNAPSHOT does, and show OK.", DurabilityCommands::save)
            .described("server", "1.0.0", "admin noscript no_async_loading no_multi")
            .writing()
            .outsideOfTransactions();

    static final Command<Session> BGSAVE = Command.<Session>of(
                    "BGSAVE", "[SCHEDULE]", "Begin to write a snapshot.", DurabilityCommands::bgsave)
            .described("server", "1.0.0", "admin noscript no_async_loading")
            .writing()
            .outsideOfTransactions();

    static final Command<Session> LASTSAVE = Command.<Session>of(
                    "LASTSAVE",
                    "",
                    "Show when the last snapshot was written, in seconds since 1970; 0 if there is none.",
                    (session, words) ->
                            session.replies().integer(session.store().lastSnapshotMillis() / Arguments.SECONDS))
            .described("server", "1.0.0", "loading stale fast");

    static final Command<Session> WAIT = Command.<Session>of(
                    "WAIT",
                    "numreplicas timeout",
                    "Show how many replicas have all changes: 0, because there are none.",
                    DurabilityCommands::waitForReplicas)
            .described("generic", "3.0.0", "noscript");

    static final Command<Session> WAITAOF = Command.<Session>of(
                    "WAITAOF",
                    "numlocal numreplicas timeout",
                    "Wait until all changes survive a power cut, for so many milliseconds at most or, with 0, for as"
                            + " long as it takes: 1 if they do, and then 0 replicas.",
                    DurabilityCommands::waitUntilDurable)
            .described("generic", "7.2.0", "noscript blocking");

    static final Command<Session> PORO_SEQ = Command.<Session>of(
                    "PORO.SEQ",
                    "key",
                    "Show the version of key: the sequence of its last change, 0 if it is absent.",
                    (session, words) ->
                            session.replies().integer(session.store().version(words.get(1))))
            .described("poro", "1.0.0", "readonly fast");

    static final Command<Session> PORO_DURABLE = Command.<Session>of(
                    "PORO.DURABLE",
                    "",
                    "Show the last sequence that is known to survive a power cut.",
                    (session, words) ->
                            session.replies().integer(session.store().durableSequence()))
            .described("poro", "1.0.0", "fast");

    static final Command<Session> PORO_INFO = Command.<Session>of(
                    "PORO.INFO",
                    "",
                    "Show the state of the store, as INFO does at the prompt.",
                    (session, words) -> session.replies().text(session.store().info()))
            .described("poro", "1.0.0", "loading stale");

    private DurabilityCommands() {}

    private static void save(Session session, List<byte[]> words) throws IOException {
        session.store().snapshot();
        session.replies().ok();
    }

    private static void bgsave(Session session, List<byte[]> words) throws IOException {
        if (words.size() == 2 && !Names.equalsIgnoreCase("SCHEDULE", words.get(1))) {
            session.replyToSyntaxError(BGSAVE, words);
        } else if (session.store().beginSnapshot()) {
            session.replies().status("Background saving started");
        } else {
            throw new CommandException("Background save already in progress");
        }
    }

    private static void waitForReplicas(Session session, List<byte[]> words) throws IOException {
        Arguments.integer(words.get(1));
        timeout(words.get(2));
        session.replies().integer(0);
    }

    private static void waitUntilDurable(Session session, List<byte[]> words) throws IOException {
        long local = Arguments.integer(words.get(1), 0, 1);
        if (Arguments.integer(words.get(2)) < 0) {
            throw new CommandException("value is out of range, must be positive");
        }
        long timeout = timeout(words.get(3));
        boolean isDurable = session.store().awaitDurable(local == 0 ? CommandStore.NO_WAIT : timeout);
        session.replies().array(2);
        session.replies().integer(isDurable ? 1 : 0);
        session.replies().integer(0);
    }

    private static long timeout(byte[] argument) {
        long timeout;
        try {
            timeout = Arguments.integer(argument);
        } catch (CommandException e) {
            throw new CommandException("timeout is not an integer or out of range");
        }
        if (timeout < 0) {
            throw new CommandException("timeout is negative");
        }
        return timeout;
    }
}
