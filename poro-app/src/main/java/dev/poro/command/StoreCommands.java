package dev.poro.command;

import java.io.IOException;
import java.util.List;

/** The commands that need nothing but a store, so that every front end can have them. */
public final class StoreCommands {
    public static final Command<Session> SET = Command.<Session>of(
                    "SET", "key value", "Store value under key, replacing the value it had.", StoreCommands::set)
            .writing();

    public static final Command<Session> GET =
            Command.of("GET", "key", "Show the value of key, or (nil).", StoreCommands::get);

    public static final Command<Session> DEL = Command.<Session>of(
                    "DEL", "key", "Remove key: 1 if it was there, 0 if not.", StoreCommands::delete)
            .alias("DELETE")
            .writing();

    public static final Command<Session> SNAPSHOT = Command.<Session>of(
                    "SNAPSHOT",
                    "",
                    "Write the contents to a snapshot file, from which the next start is faster; show its sequence.",
                    StoreCommands::snapshot)
            .writing();

    public static final Command<Session> INFO = Command.of(
            "INFO",
            "",
            "Show the state of the store: sequences, keys, memory, the last snapshot, the length of the log.",
            StoreCommands::info);

    private StoreCommands() {}

    private static void set(Session session, List<byte[]> words) throws IOException {
        session.store().set(words.get(1), words.get(2));
        session.replies().ok();
    }

    private static void get(Session session, List<byte[]> words) throws IOException {
        session.replies().value(session.store().get(words.get(1)));
    }

    private static void delete(Session session, List<byte[]> words) throws IOException {
        session.replies().integer(session.store().delete(words.get(1)) ? 1 : 0);
    }

    private static void snapshot(Session session, List<byte[]> words) throws IOException {
        session.replies().integer(session.store().snapshot());
    }

    private static void info(Session session, List<byte[]> words) throws IOException {
        session.replies().text(session.store().info());
    }
}
