package dev.poro.server;

import dev.poro.command.Command;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/** CLIENT: the connections of the server, and what each has asked for. */
final class ClientCommands {
    static final String BAD_NAME = "Client names cannot contain spaces, newlines or special characters.";
    private static final String SYNTAX_ERROR = "syntax error";
    private static final String NO_TRACKING = "client-side caching is not supported by Poro";

    static final Subcommands SUBCOMMANDS = new Subcommands(
            "CLIENT",
            List.of(
                    Command.of("ID", "", "Show the number of this connection.", ClientCommands::id),
                    Command.of("GETNAME", "", "Show the name of this connection.", ClientCommands::getName),
                    Command.of("SETNAME", "name", "Name this connection.", ClientCommands::setName),
                    Command.of(
                            "SETINFO",
                            "attribute value",
                            "Say what the client is: lib-name, lib-ver.",
                            ClientCommands::setInfo),
                    Command.of("INFO", "", "Show this connection.", ClientCommands::info),
                    Command.of(
                            "LIST",
                            "[filter ...]",
                            "Show all connections, or those of TYPE type or ID id ...",
                            ClientCommands::list),
                    Command.of(
                            "KILL",
                            "filter [more ...]",
                            "Close connections: ip:port, or ID, ADDR, LADDR, TYPE, USER, MAXAGE, SKIPME with a value.",
                            ClientCommands::kill),
                    Command.of(
                            "REPLY",
                            "mode",
                            "Have replies ON, OFF, or SKIP that of the next command.",
                            ClientCommands::reply),
                    Command.of(
                            "UNBLOCK",
                            "id [reason]",
                            "Wake up a client that a command blocks; no command of Poro does.",
                            ClientCommands::unblock),
                    Command.of(
                            "PAUSE",
                            "milliseconds [mode]",
                            "Let the commands of all clients wait: ALL, or those that WRITE.",
                            ClientCommands::pause),
                    Command.of("UNPAUSE", "", "End the pause.", ClientCommands::unpause),
                    Command.of(
                            "NO-EVICT",
                            "mode",
                            "ON or OFF; Poro evicts no client.",
                            (session, words) -> onOrOff(session, words, session::setNoEvict)),
                    Command.of(
                            "NO-TOUCH",
                            "mode",
                            "ON or OFF; Poro keeps no times of access.",
                            (session, words) -> onOrOff(session, words, session::setNoTouch)),
                    Command.of(
                            "GETREDIR",
                            "",
                            "Show where notices of tracking go: nowhere.",
                            (session, words) -> session.replies().integer(-1)),
                    Command.of(
                            "TRACKING",
                            "mode [option ...]",
                            "Refused: Poro does not track what clients read.",
                            ClientCommands::tracking),
                    Command.of("TRACKINGINFO", "", "Show that tracking is off.", ClientCommands::trackingInfo)));

    private ClientCommands() {}

    /** Sets one thing of a client that is on or off. */
    private interface Switch {
        void set(boolean on);
    }

    private static void id(ClientSession session, List<byte[]> words) throws IOException {
        session.replies().integer(session.id());
    }

    private static void getName(ClientSession session, List<byte[]> words) throws IOException {
        if (session.name().isEmpty()) {
            session.replies().value(null);
        } else {
            Words.reply(session.replies(), session.name());
        }
    }

    private static void setName(ClientSession session, List<byte[]> words) throws IOException {
        if (!Words.isName(words.get(1))) {
            session.replies().error(BAD_NAME);
            return;
        }
        session.setName(Words.text(words.get(1)));
        session.replies().ok();
    }

    private static void setInfo(ClientSession session, List<byte[]> words) throws IOException {
        String attribute = Words.text(words.get(1)).toLowerCase(Locale.ROOT);
        boolean isName = attribute.equals("lib-name");
        if (!isName && !attribute.equals("lib-ver")) {
            session.replies().error("Unrecognized option '" + Words.text(words.get(1)) + "'");
        } else if (!Words.isName(words.get(2))) {
            session.replies().error(attribute + " cannot contain spaces, newlines or special characters.");
        } else {
            String value = Words.text(words.get(2));
            if (isName) {
                session.setLibraryName(value);
            } else {
                session.setLibraryVersion(value);
            }
            session.replies().ok();
        }
    }

    private static void info(ClientSession session, List<byte[]> words) throws IOException {
        session.replies().text(session.describe() + "\n");
    }

    private static void list(ClientSession session, List<byte[]> words) throws IOException {
        Predicate<ClientSession> filter = client -> true;
        if (words.size() == 3 && Words.is(words.get(1), "TYPE")) {
            Predicate<ClientSession> type = ofType(Words.text(words.get(2)));
            if (type == null) {
                session.replies().error("Unknown client type '" + Words.text(words.get(2)) + "'");
                return;
            }
            filter = type;
        } else if (words.size() > 2 && Words.is(words.get(1), "ID")) {
            List<Long> ids = new ArrayList<>();
            for (byte[] word : words.subList(2, words.size())) {
                ids.add(Words.number(word));
            }
            if (ids.contains(DecimalBytes.INVALID)) {
                session.replies().error("Invalid client ID");
                return;
            }
            filter = client -> ids.contains(client.id());
        } else if (words.size() > 1) {
            session.replies().error(SYNTAX_ERROR);
            return;
        }
        StringBuilder lines = new StringBuilder();
        for (Connection connection : session.server().clients().all()) {
            if (filter.test(connection.session())) {
                lines.append(connection.session().describe()).append('\n');
            }
        }
        session.replies().text(lines.toString());
    }

    /** {@code null} for what is no type. */
    private static Predicate<ClientSession> ofType(String type) {
        switch (type.toLowerCase(Locale.ROOT)) {
            case "normal":
                return client -> client.subscriptions().count() == 0;
            case "pubsub":
                return client -> client.subscriptions().count() > 0;
            case "master", "replica", "slave":
                return client -> false;
            default:
                return null;
        }
    }

    private static void kill(ClientSession session, List<byte[]> words) throws IOException {
        if (words.size() == 2) {
            String address = Words.text(words.get(1));
            if (killAll(session, client -> client.address().equals(address)) > 0) {
                session.replies().ok();
            } else {
                session.replies().error("No such client");
            }
            return;
        }
        KillFilter filter = new KillFilter(session);
        String problem = filter.parse(words);
        if (problem != null) {
            session.replies().error(problem);
        } else {
            session.replies().integer(killAll(session, filter));
        }
    }

    /** The one that asks for it gets its reply first. */
    private static long killAll(ClientSession own, Predicate<ClientSession> filter) {
        long count = 0;
        for (Connection connection : own.server().clients().all()) {
            if (filter.test(connection.session())) {
                count++;
                if (connection.session() == own) {
                    connection.end();
                } else {
                    connection.kill();
                }
            }
        }
        return count;
    }

    /** The filters of CLIENT KILL, all of which a client must pass. */
    private static final class KillFilter implements Predicate<ClientSession> {
        private final ClientSession own;
        private Predicate<ClientSession> filter = client -> true;
        private boolean skipsOwn = true;

        KillFilter(ClientSession own) {
            this.own = own;
        }

        /** Returns what is wrong, or {@code null}. */
        String parse(List<byte[]> words) {
            if (words.size() % 2 == 0) {
                return SYNTAX_ERROR;
            }
            for (int i = 1; i < words.size(); i += 2) {
                String problem = add(Words.text(words.get(i)).toUpperCase(Locale.ROOT), words.get(i + 1));
                if (problem != null) {
                    return problem;
                }
            }
            return null;
        }

        private String add(String name, byte[] word) {
            String value = Words.text(word);
            switch (name) {
                case "ID":
                    long id = Words.number(word);
                    filter = filter.and(client -> client.id() == id);
                    return id < 1 ? "client-id should be greater than 0" : null;
                case "ADDR":
                    filter = filter.and(client -> client.address().equals(value));
                    return null;
                case "LADDR":
                    filter = filter.and(client -> client.localAddress().equals(value));
                    return null;
                case "USER":
                    boolean isDefault = value.equals("default");
                    return isDefault ? null : "No such user '" + value + "'";
                case "MAXAGE":
                    long age = Words.number(word);
                    filter = filter.and(client -> client.ageSeconds() >= age);
                    return age < 1 ? "maxage is not an integer or out of range" : null;
                case "TYPE":
                    Predicate<ClientSession> type = ofType(value);
                    filter = type == null ? filter : filter.and(type);
                    return type == null ? "Unknown client type '" + value + "'" : null;
                case "SKIPME":
                    skipsOwn = value.equalsIgnoreCase("yes");
                    return skipsOwn || value.equalsIgnoreCase("no") ? null : SYNTAX_ERROR;
                default:
                    return SYNTAX_ERROR;
            }
        }

        @Override
        public boolean test(ClientSession client) {
            return filter.test(client) && !(skipsOwn && client == own);
        }
    }

    private static void reply(ClientSession session, List<byte[]> words) throws IOException {
        String mode = Words.text(words.get(1)).toUpperCase(Locale.ROOT);
        switch (mode) {
            case "ON":
                session.setReplyMode(ClientSession.ReplyMode.ON);
                session.replies().ok();
                break;
            case "OFF":
                session.setReplyMode(ClientSession.ReplyMode.OFF);
                break;
            case "SKIP":
                if (session.replyMode() != ClientSession.ReplyMode.OFF) {
                    session.setReplyMode(ClientSession.ReplyMode.SKIP_THIS_AND_NEXT);
                }
                break;
            default:
                session.replies().error(SYNTAX_ERROR);
        }
    }

    private static void unblock(ClientSession session, List<byte[]> words) throws IOException {
        boolean hasReason = words.size() == 3;
        if (hasReason && !Words.is(words.get(2), "TIMEOUT") && !Words.is(words.get(2), "ERROR")) {
            session.replies().error("CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
        } else if (Words.number(words.get(1)) == DecimalBytes.INVALID) {
            session.replies().error("value is not an integer or out of range");
        } else {
            Connection blocked = session.server().clients().withId(Words.number(words.get(1)));
            boolean withError = hasReason && Words.is(words.get(2), "ERROR");
            boolean wasBlocked =
                    blocked != null && blocked.session().changeReads().unblock(withError);
            session.replies().integer(wasBlocked ? 1 : 0);
        }
    }

    private static void pause(ClientSession session, List<byte[]> words) throws IOException {
        long millis = Words.number(words.get(1));
        boolean isAll = words.size() == 2 || Words.is(words.get(2), "ALL");
        if (millis == DecimalBytes.INVALID) {
            session.replies().error("timeout is not an integer or out of range");
        } else if (millis < 0) {
            session.replies().error("timeout is negative");
        } else if (!isAll && !Words.is(words.get(2), "WRITE")) {
            session.replies().error("CLIENT PAUSE mode must be WRITE or ALL");
        } else {
            session.server().clients().pause(millis, isAll);
            session.replies().ok();
        }
    }

    private static void unpause(ClientSession session, List<byte[]> words) throws IOException {
        session.server().clients().endPause();
        session.replies().ok();
    }

    private static void onOrOff(ClientSession session, List<byte[]> words, Switch what) throws IOException {
        boolean isOn = Words.is(words.get(1), "ON");
        if (!isOn && !Words.is(words.get(1), "OFF")) {
            session.replies().error(SYNTAX_ERROR);
            return;
        }
        what.set(isOn);
        session.replies().ok();
    }

    private static void tracking(ClientSession session, List<byte[]> words) throws IOException {
        if (words.size() == 2 && Words.is(words.get(1), "OFF")) {
            session.replies().ok();
        } else {
            session.replies().error(NO_TRACKING);
        }
    }

    private static void trackingInfo(ClientSession session, List<byte[]> words) throws IOException {
        session.replies().map(3);
        Words.reply(session.replies(), "flags");
        session.replies().set(1);
        Words.reply(session.replies(), "off");
        Words.reply(session.replies(), "redirect");
        session.replies().integer(-1);
        Words.reply(session.replies(), "prefixes");
        session.replies().array(0);
    }
}
