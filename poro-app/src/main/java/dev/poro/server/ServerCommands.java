package dev.poro.server;

import dev.poro.command.Command;
import dev.poro.command.CommandTable;
import dev.poro.command.Session;
import dev.poro.command.StoreCommands;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The commands of a server: those of a store, and those of a server and its connections. */
final class ServerCommands {
    private static final String NO_SHUTDOWN = "SHUTDOWN is not for clients: end the process that serves by SIGTERM,"
            + " which answers what has come and closes the store";

    private static final List<String> CATEGORIES =
            List.of("keyspace read write string bitmap pubsub admin fast slow blocking dangerous connection transaction"
                    .split(" ", -1));

    private static final Subcommands MODULE = new Subcommands(
            "MODULE",
            List.of(Command.of(
                    "LIST",
                    "",
                    "Show the modules: none.",
                    (session, words) -> session.replies().array(0))));

    private static final Subcommands ACL = new Subcommands(
            "ACL",
            List.of(
                    Command.of(
                            "WHOAMI",
                            "",
                            "Show the user: default.",
                            (session, words) -> Words.reply(session.replies(), "default")),
                    Command.of(
                            "USERS",
                            "",
                            "Show the users: default.",
                            (session, words) -> Words.reply(session.replies(), List.of("default"))),
                    Command.of("LIST", "", "Show what the users may do.", ServerCommands::aclList),
                    Command.of("CAT", "[category]", "Show the categories of commands.", ServerCommands::aclCat)));

    /** Nothing is monitored, so there is nothing to tell. */
    private static final Subcommands LATENCY = new Subcommands(
            "LATENCY",
            List.of(
                    Command.of(
                            "LATEST",
                            "",
                            "Show the latest events: none.",
                            (session, words) -> session.replies().array(0)),
                    Command.of(
                            "HISTORY",
                            "event",
                            "Show events: none.",
                            (session, words) -> session.replies().array(0)),
                    Command.of(
                            "RESET",
                            "[event ...]",
                            "Forget events: 0.",
                            (session, words) -> session.replies().integer(0)),
                    Command.of(
                            "HISTOGRAM",
                            "[command ...]",
                            "Show none.",
                            (session, words) -> session.replies().map(0)),
                    Command.of(
                            "DOCTOR",
                            "",
                            "Say that nothing is monitored.",
                            (session, words) -> session.replies()
                                    .text("Poro monitors no latencies. SLOWLOG GET shows commands that took long."))));

    private static final Subcommands SLOWLOG = new Subcommands(
            "SLOWLOG",
            List.of(
                    Command.of("GET", "[count]", "Show the last slow commands.", ServerCommands::slowlog),
                    Command.of(
                            "LEN",
                            "",
                            "Show how many there are.",
                            (session, words) -> session.replies()
                                    .integer(session.server().slowlog().size())),
                    Command.of("RESET", "", "Forget them.", ServerCommands::resetSlowlog)));

    private static final Map<String, Subcommands> CONTAINERS = Map.ofEntries(
            Map.entry("CLIENT", ClientCommands.SUBCOMMANDS),
            Map.entry("COMMAND", CommandCommands.SUBCOMMANDS),
            Map.entry("CONFIG", ConfigCommands.SUBCOMMANDS),
            Map.entry("MODULE", MODULE),
            Map.entry("ACL", ACL),
            Map.entry("LATENCY", LATENCY),
            Map.entry("SLOWLOG", SLOWLOG),
            Map.entry("PUBSUB", PubSubCommands.subcommands()),
            Map.entry("XINFO", ChangeStreamCommands.XINFO),
            Map.entry("JOIN", JoinCommands.SUBCOMMANDS),
            Map.entry("DEBUG", DebugCommands.SUBCOMMANDS));

    static final CommandTable<ClientSession> TABLE = new CommandTable<>(all());

    private ServerCommands() {}

    private static List<Command<? super ClientSession>> all() {
        List<Command<ClientSession>> own = own();
        Set<String> ownNames =
                own.stream().flatMap(command -> command.names().stream()).collect(Collectors.toSet());
        List<Command<? super ClientSession>> all = new ArrayList<>();
        for (Command<Session> command : StoreCommands.ALL) {
            if (!ownNames.contains(command.name())) {
                all.add(command);
            }
        }
        all.addAll(own);
        return all;
    }

    /** Some of them are in place of those of the prompt: they tell of the server, or wait in a way of their own. */
    private static List<Command<ClientSession>> own() {
        List<Command<ClientSession>> own = new ArrayList<>(ConnectionCommands.ALL);
        own.add(Command.<ClientSession>of("PING", "[message]", "Show PONG, or the message.", ServerCommands::ping)
                .described("connection", "1.0.0", "fast"));
        own.add(ClientCommands.SUBCOMMANDS.asCommand(
                "Show and change connections, see CLIENT HELP.", "connection", "2.4.0", "noscript loading stale"));
        own.add(Command.<ClientSession>of(
                        "INFO", "[section ...]", "Show the state of the server.", ServerCommands::info)
                .described("server", "1.0.0", "loading stale"));
        own.add(CommandCommands.command());
        own.add(administration(ConfigCommands.SUBCOMMANDS, "Show and change settings, see CONFIG HELP.", "2.0.0"));
        own.add(administration(SLOWLOG, "Show commands that took long, see SLOWLOG HELP.", "2.2.12"));
        own.add(administration(LATENCY, "Show that no latencies are monitored.", "2.8.13"));
        own.add(administration(MODULE, "Show that there are no modules.", "4.0.0"));
        own.add(administration(ACL, "Show the one user and the categories of commands.", "6.0.0"));
        own.add(administration(
                DebugCommands.SUBCOMMANDS,
                "Look inside; only if the server was started with --debug-commands.",
                "1.0.0"));
        own.add(administration(
                        JoinCommands.SUBCOMMANDS,
                        "Give the files of this node of a cluster to one that joins, see JOIN HELP.",
                        "1.0.0")
                .outsideOfTransactions());
        own.add(Command.<ClientSession>of(
                        "SHUTDOWN",
                        "[option ...]",
                        "Refused: the process that serves ends when it is told to, by SIGTERM.",
                        (session, words) -> session.replies().error(NO_SHUTDOWN))
                .described("server", "1.0.0", "admin noscript loading stale allow_busy")
                .outsideOfTransactions());
        own.add(DurabilityWait.WAITAOF);
        own.addAll(PubSubCommands.ALL);
        own.addAll(ChangeStreamCommands.ALL);
        return own;
    }

    private static Command<ClientSession> administration(Subcommands subcommands, String summary, String since) {
        return subcommands.asCommand(summary, "server", since, "admin noscript loading stale");
    }

    /** The commands behind one; {@code null} if it has none. */
    static Subcommands subcommandsOf(String name) {
        return CONTAINERS.get(name);
    }

    private static void info(ClientSession session, List<byte[]> words) throws IOException {
        List<String> asked = words.subList(1, words.size()).stream()
                .map(word -> Words.text(word).toLowerCase(Locale.ROOT))
                .toList();
        session.replies().text(ServerInfo.of(session.server(), asked));
    }

    /** Among messages, the reply is one. */
    private static void ping(ClientSession session, List<byte[]> words) throws IOException {
        if (session.isOnlySubscriber()) {
            session.replies().array(2);
            Words.reply(session.replies(), "pong");
            session.replies().value(words.size() == 1 ? new byte[0] : words.get(1));
        } else if (words.size() == 1) {
            session.replies().status("PONG");
        } else {
            session.replies().value(words.get(1));
        }
    }

    private static void aclList(ClientSession session, List<byte[]> words) throws IOException {
        boolean isOpen = session.server().settings().password() == null;
        Words.reply(session.replies(), List.of("user default on " + (isOpen ? "nopass " : "") + "~* &* +@all"));
    }

    private static void aclCat(ClientSession session, List<byte[]> words) throws IOException {
        if (words.size() == 1) {
            Words.reply(session.replies(), CATEGORIES);
        } else if (!CATEGORIES.contains(Words.text(words.get(1)).toLowerCase(Locale.ROOT))) {
            session.replies().error("Unknown category '" + Words.text(words.get(1)) + "'");
        } else {
            List<byte[]> list =
                    List.of(Words.bytes("LIST"), Words.bytes("FILTERBY"), Words.bytes("ACLCAT"), words.get(1));
            CommandCommands.list(session, list);
        }
    }

    private static void slowlog(ClientSession session, List<byte[]> words) throws IOException {
        long count = words.size() == 1 ? 10 : Words.number(words.get(1));
        if (count < -1) {
            session.replies().error("count should be greater than or equal to -1");
            return;
        }
        List<Slowlog.Entry> entries = session.server().slowlog().newest(count == -1 ? Long.MAX_VALUE : count);
        session.replies().array(entries.size());
        for (Slowlog.Entry entry : entries) {
            session.replies().array(6);
            session.replies().integer(entry.id());
            session.replies().integer(entry.time());
            session.replies().integer(entry.micros());
            session.replies().array(entry.words().size());
            for (byte[] word : entry.words()) {
                session.replies().value(word);
            }
            Words.reply(session.replies(), entry.address());
            Words.reply(session.replies(), entry.name());
        }
    }

    private static void resetSlowlog(ClientSession session, List<byte[]> words) throws IOException {
        session.server().slowlog().clear();
        session.replies().ok();
    }
}
