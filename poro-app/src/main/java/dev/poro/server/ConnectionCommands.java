package dev.poro.server;

import dev.poro.command.Command;
import dev.poro.command.Replies;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The commands of a connection: who the client is, which protocol it speaks. */
final class ConnectionCommands {
    /** The version of Redis whose replies and errors these are. */
    static final String REDIS_VERSION = "7.0.15";

    private static final String NO_PASSWORD = "AUTH <password> called without any password configured for the default"
            + " user. Are you sure your configuration is correct?";

    private static final String HELLO_FIRST = "HELLO must be called with the client already authenticated, otherwise"
            + " the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP"
            + " protocol version at the same time";

    private static final String NO_CLUSTER = "This instance has cluster support disabled";

    static final List<Command<ClientSession>> ALL = List.of(
            Command.<ClientSession>of(
                            "HELLO",
                            "[protover] [argument ...]",
                            "Choose RESP2 or RESP3, log in with AUTH user password, name the connection with SETNAME.",
                            ConnectionCommands::hello)
                    .described("connection", "6.0.0", "noscript loading stale fast no_auth allow_busy")
                    .atOnce(),
            Command.<ClientSession>of(
                            "AUTH", "[argument ...]", "Log in: [username] password.", ConnectionCommands::auth)
                    .described("connection", "1.0.0", "noscript loading stale fast no_auth allow_busy")
                    .atOnce(),
            Command.<ClientSession>of(
                            "SELECT", "index", "Choose a database: there is one, 0.", ConnectionCommands::select)
                    .described("connection", "1.0.0", "loading stale fast"),
            Command.<ClientSession>of("QUIT", "[argument ...]", "Close the connection.", ConnectionCommands::quit)
                    .described("connection", "1.0.0", "noscript loading stale fast no_auth allow_busy")
                    .atOnce(),
            Command.<ClientSession>of("RESET", "", "Make the connection like a new one.", ConnectionCommands::reset)
                    .described("connection", "6.2.0", "noscript loading stale fast no_auth allow_busy")
                    .atOnce(),
            Command.<ClientSession>of(
                            "READONLY",
                            "",
                            "Read what this node of a cluster has, without asking whether it is current.",
                            (session, words) -> readStale(session, true))
                    .described("connection", "3.0.0", "loading stale fast"),
            Command.<ClientSession>of(
                            "READWRITE",
                            "",
                            "Read what is current in the cluster, as at first.",
                            (session, words) -> readStale(session, false))
                    .described("connection", "3.0.0", "loading stale fast"));

    private ConnectionCommands() {}

    private static void readStale(ClientSession session, boolean isStaleAllowed) throws IOException {
        if (session.server().cluster() == null) {
            session.replies().error(NO_CLUSTER);
            return;
        }
        session.setReadingStale(isStaleAllowed);
        session.replies().ok();
    }

    private static void hello(ClientSession session, List<byte[]> words) throws IOException {
        Replies replies = session.replies();
        long version = words.size() == 1 ? session.respVersion() : Words.number(words.get(1));
        if (version == DecimalBytes.INVALID) {
            replies.error("Protocol version is not an integer or out of range");
            return;
        }
        if (version < 2 || version > 3) {
            replies.error("NOPROTO", "unsupported protocol version");
            return;
        }
        byte[] name = null;
        boolean hasLoggedIn = false;
        for (int i = 2; i < words.size(); i++) {
            int more = words.size() - i - 1;
            if (Words.is(words.get(i), "AUTH") && more >= 2) {
                if (!logIn(session, words.get(i + 1), words.get(i + 2))) {
                    return;
                }
                hasLoggedIn = true;
                i += 2;
            } else if (Words.is(words.get(i), "SETNAME") && more >= 1) {
                name = words.get(++i);
                if (!Words.isName(name)) {
                    replies.error(ClientCommands.BAD_NAME);
                    return;
                }
            } else {
                replies.error("Syntax error in HELLO option '" + Words.text(words.get(i)) + "'");
                return;
            }
        }
        if (!session.isAuthenticated() && !hasLoggedIn) {
            replies.error("NOAUTH", HELLO_FIRST);
            return;
        }
        if (name != null) {
            session.setName(Words.text(name));
        }
        session.output().setRespThree(version == 3);
        describe(session);
    }

    private static void describe(ClientSession session) throws IOException {
        Replies replies = session.replies();
        replies.map(7);
        Words.reply(replies, "server");
        Words.reply(replies, "redis");
        Words.reply(replies, "version");
        Words.reply(replies, REDIS_VERSION);
        Words.reply(replies, "proto");
        replies.integer(session.respVersion());
        Words.reply(replies, "id");
        replies.integer(session.id());
        Words.reply(replies, "mode");
        Words.reply(replies, "standalone");
        Words.reply(replies, "role");
        Words.reply(replies, "master");
        Words.reply(replies, "modules");
        replies.array(0);
    }

    private static void auth(ClientSession session, List<byte[]> words) throws IOException {
        if (words.size() == 1) {
            session.replies().error("wrong number of arguments for 'auth' command");
        } else if (words.size() > 3) {
            session.replies().error("syntax error");
        } else if (words.size() == 2 && session.server().settings().password() == null) {
            session.replies().error(NO_PASSWORD);
        } else {
            byte[] user = words.size() == 3 ? words.get(1) : "default".getBytes(StandardCharsets.US_ASCII);
            if (logIn(session, user, words.get(words.size() - 1))) {
                session.replies().ok();
            }
        }
    }

    /** Returns false, after an error, if the password is wrong. The user alone changes nothing in the time it takes. */
    private static boolean logIn(ClientSession session, byte[] user, byte[] given) throws IOException {
        Password password = session.server().settings().password();
        boolean isRight = password == null || password.is(given);
        boolean isKnown = Password.isDefaultUser(user);
        if (isRight && isKnown) {
            session.setAuthenticated(true);
            return true;
        }
        session.replies().error("WRONGPASS", "invalid username-password pair or user is disabled.");
        return false;
    }

    private static void select(ClientSession session, List<byte[]> words) throws IOException {
        long index = Words.number(words.get(1));
        if (index == DecimalBytes.INVALID || index != (int) index) {
            session.replies().error("value is not an integer or out of range");
        } else if (index != 0) {
            session.replies().error("DB index is out of range");
        } else {
            session.replies().ok();
        }
    }

    private static void quit(ClientSession session, List<byte[]> words) throws IOException {
        session.replies().ok();
        session.connection().end();
    }

    private static void reset(ClientSession session, List<byte[]> words) throws IOException {
        session.reset();
        session.replies().status("RESET");
    }
}
