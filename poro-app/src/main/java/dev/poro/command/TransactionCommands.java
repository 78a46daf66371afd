package dev.poro.command;

import java.io.IOException;
import java.util.List;

/** The commands that make one step of several. */
final class TransactionCommands {
    static final Command<Session> MULTI = Command.<Session>of(
                    "MULTI",
                    "",
                    "Begin a transaction: commands are queued until EXEC runs them all at once, or DISCARD drops them.",
                    TransactionCommands::multi)
            .atOnce()
            .described("transactions", "1.2.0", "noscript loading stale fast allow_busy");

    static final Command<Session> EXEC = Command.<Session>of(
                    "EXEC",
                    "",
                    "Run what is queued, all at once; (nil), and nothing is done, if a watched key has changed.",
                    TransactionCommands::exec)
            .atOnce()
            .described("transactions", "1.2.0", "noscript loading stale skip_slowlog");

    static final Command<Session> DISCARD = Command.<Session>of(
                    "DISCARD", "", "Drop what is queued, and what is watched.", TransactionCommands::discard)
            .atOnce()
            .described("transactions", "2.0.0", "noscript loading stale fast allow_busy");

    static final Command<Session> WATCH = Command.<Session>of(
                    "WATCH",
                    "key [key ...]",
                    "Have the next EXEC do nothing if one of the keys changes before.",
                    TransactionCommands::watch)
            .atOnce()
            .described("transactions", "2.2.0", "noscript loading stale fast allow_busy");

    static final Command<Session> UNWATCH = Command.<Session>of(
                    "UNWATCH", "", "Forget what is watched.", TransactionCommands::unwatch)
            .described("transactions", "2.2.0", "noscript loading stale fast allow_busy");

    private TransactionCommands() {}

    private static void multi(Session session, List<byte[]> words) throws IOException {
        if (session.transaction().isOpen()) {
            session.replies().error("MULTI calls can not be nested");
        } else if (session.hasToken() || session.isTokenMissing()) {
            session.dropToken();
            session.replies().error("PORO.TOKEN goes with one command, not with a transaction");
        } else {
            session.transaction().begin();
            session.replies().ok();
        }
    }

    private static void exec(Session session, List<byte[]> words) throws IOException {
        Transaction transaction = session.transaction();
        if (!transaction.isOpen()) {
            session.replies().error("EXEC without MULTI");
        } else if (transaction.hasFailed()) {
            transaction.end();
            session.replies().error("EXECABORT", "Transaction discarded because of previous errors.");
        } else {
            transaction.execute(session);
        }
    }

    private static void discard(Session session, List<byte[]> words) throws IOException {
        if (session.transaction().isOpen()) {
            session.transaction().end();
            session.replies().ok();
        } else {
            session.replies().error("DISCARD without MULTI");
        }
    }

    private static void watch(Session session, List<byte[]> words) throws IOException {
        if (session.transaction().isOpen()) {
            session.replies().error("WATCH inside MULTI is not allowed");
            return;
        }
        for (byte[] key : words.subList(1, words.size())) {
            session.store().watch(key, session.transaction().watched());
        }
        session.replies().ok();
    }

    private static void unwatch(Session session, List<byte[]> words) throws IOException {
        session.transaction().unwatch();
        session.replies().ok();
    }
}
