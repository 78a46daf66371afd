package dev.poro.server;

import dev.poro.command.ArgumentSpec;
import dev.poro.command.Command;
import dev.poro.command.CommandFlag;
import dev.poro.command.GlobPattern;
import dev.poro.command.Replies;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/** COMMAND: what commands there are, as clients and their hints want to know it. */
final class CommandCommands {
    static final Subcommands SUBCOMMANDS = new Subcommands(
            "COMMAND",
            List.of(
                    Command.of("COUNT", "", "Show how many commands there are.", CommandCommands::count),
                    Command.of("INFO", "[name ...]", "Show arity, flags and keys of commands.", CommandCommands::info),
                    Command.of("DOCS", "[name ...]", "Show what commands do.", CommandCommands::docs),
                    Command.of(
                            "LIST",
                            "[filter ...]",
                            "Show the names of all commands, or FILTERBY PATTERN pattern.",
                            CommandCommands::list),
                    Command.of(
                            "GETKEYS",
                            "command argument [argument ...]",
                            "Show the keys of a command with its arguments.",
                            CommandCommands::getKeys)));

    private CommandCommands() {}

    /** COMMAND alone shows what COMMAND INFO shows. */
    static Command<ClientSession> command() {
        Command<ClientSession> container = SUBCOMMANDS.asCommand("", "server", "2.8.13", "");
        Command<ClientSession> all = Command.of(
                "COMMAND", "[argument ...]", "Show what commands there are, see COMMAND HELP.", (session, words) -> {
                    if (words.size() == 1) {
                        info(session, words);
                    } else {
                        container.run(session, words);
                    }
                });
        return all.described("server", "2.8.13", "loading stale");
    }

    private static List<Named> all() {
        List<Named> all = new ArrayList<>();
        for (Command<? super ClientSession> command : ServerCommands.TABLE.commands()) {
            command.names().forEach(name -> all.add(new Named(name, command)));
        }
        return all;
    }

    /** A command by one of its names. */
    private record Named(String name, Command<? super ClientSession> command) {
        String lowerCase() {
            return name.toLowerCase(Locale.ROOT);
        }
    }

    /** {@code null} if there is none. */
    private static Named named(byte[] word) {
        Command<? super ClientSession> command = ServerCommands.TABLE.named(word);
        return command == null ? null : new Named(Words.text(word).toUpperCase(Locale.ROOT), command);
    }

    private static void count(ClientSession session, List<byte[]> words) throws IOException {
        session.replies().integer(ServerCommands.TABLE.names().size());
    }

    private static void info(ClientSession session, List<byte[]> words) throws IOException {
        List<Named> asked = words.size() == 1
                ? all()
                : words.subList(1, words.size()).stream()
                        .map(CommandCommands::named)
                        .toList();
        session.replies().array(asked.size());
        for (Named command : asked) {
            if (command == null) {
                session.replies().value(null);
            } else {
                describe(session.replies(), command);
            }
        }
    }

    private static void describe(Replies replies, Named named) throws IOException {
        Command<? super ClientSession> command = named.command();
        ArgumentSpec arguments = command.arguments();
        replies.array(10);
        Words.reply(replies, named.lowerCase());
        replies.integer(arguments.arity());
        replyWords(replies, command.flags().stream().map(CommandFlag::text).toList());
        replies.integer(arguments.firstKey());
        replies.integer(arguments.lastKey());
        replies.integer(arguments.keyStep());
        replyWords(replies, command.categories());
        replies.array(0);
        replies.array(0);
        replies.array(0);
    }

    private static void replyWords(Replies replies, List<String> words) throws IOException {
        replies.set(words.size());
        for (String word : words) {
            replies.status(word);
        }
    }

    private static void docs(ClientSession session, List<byte[]> words) throws IOException {
        List<Named> asked = words.size() == 1
                ? all()
                : words.subList(1, words.size()).stream()
                        .map(CommandCommands::named)
                        .filter(command -> command != null)
                        .toList();
        session.replies().map(asked.size());
        for (Named command : asked) {
            Words.reply(session.replies(), command.lowerCase());
            document(session.replies(), command);
        }
    }

    private static void document(Replies replies, Named named) throws IOException {
        Subcommands inner = ServerCommands.subcommandsOf(named.name());
        document(replies, named.command(), named.command(), inner != null);
        if (inner != null) {
            Words.reply(replies, "subcommands");
            replies.map(inner.all().size());
            for (Command<? super ClientSession> command : inner.all()) {
                Words.reply(replies, named.lowerCase() + "|" + command.name().toLowerCase(Locale.ROOT));
                document(replies, command, named.command(), false);
            }
        }
    }

    /**
     * All but the subcommands.
     *
     * @param outer whose group and version it shares
     */
    private static void document(Replies replies, Command<?> command, Command<?> outer, boolean hasMore)
            throws IOException {
        List<ArgumentSpec.Part> parts =
                hasMore ? List.of() : command.arguments().parts();
        replies.map(3 + (parts.isEmpty() ? 0 : 1) + (hasMore ? 1 : 0));
        Words.reply(replies, "summary");
        Words.reply(replies, command.summary());
        Words.reply(replies, "since");
        Words.reply(replies, outer.since());
        Words.reply(replies, "group");
        Words.reply(replies, outer.group());
        if (!parts.isEmpty()) {
            Words.reply(replies, "arguments");
            replyParts(replies, parts);
        }
    }

    private static void replyParts(Replies replies, List<ArgumentSpec.Part> parts) throws IOException {
        replies.array(parts.size());
        for (ArgumentSpec.Part part : parts) {
            replyPart(replies, part);
        }
    }

    private static void replyPart(Replies replies, ArgumentSpec.Part part) throws IOException {
        boolean hasFlags = part.isOptional() || part.isRepeated();
        boolean isSeveral = part.parts().size() > 1;
        replies.map(2 + (part.token() == null ? 0 : 1) + (hasFlags ? 1 : 0) + (isSeveral ? 1 : 0));
        Words.reply(replies, "name");
        Words.reply(replies, part.name());
        Words.reply(replies, "type");
        Words.reply(replies, typeOf(part));
        if (part.token() != null) {
            Words.reply(replies, "token");
            Words.reply(replies, part.token());
        }
        if (hasFlags) {
            Words.reply(replies, "flags");
            replyWords(replies, part.isRepeated() ? List.of("optional", "multiple") : List.of("optional"));
        }
        if (isSeveral) {
            Words.reply(replies, "arguments");
            replyParts(replies, part.parts());
        }
    }

    private static String typeOf(ArgumentSpec.Part part) {
        if (part.parts().size() > 1) {
            return part.isRepeated() ? "block" : "oneof";
        }
        boolean isToken = part.token() != null && part.token().equalsIgnoreCase(part.name());
        return isToken ? "pure-token" : part.name().equals("key") ? "key" : "string";
    }

    static void list(ClientSession session, List<byte[]> words) throws IOException {
        Predicate<Named> filter = command -> true;
        if (words.size() > 1) {
            boolean isFilter = words.size() == 4 && Words.is(words.get(1), "FILTERBY");
            String by = isFilter ? Words.text(words.get(2)).toUpperCase(Locale.ROOT) : "";
            String value = Words.text(words.get(words.size() - 1)).toLowerCase(Locale.ROOT);
            switch (by) {
                case "PATTERN":
                    GlobPattern pattern = new GlobPattern(value);
                    filter = command -> pattern.matches(command.lowerCase());
                    break;
                case "ACLCAT":
                    filter = command -> command.command().categories().contains("@" + value);
                    break;
                case "MODULE":
                    filter = command -> false;
                    break;
                default:
                    session.replies().error("syntax error");
                    return;
            }
        }
        Words.reply(
                session.replies(),
                all().stream().filter(filter).map(Named::lowerCase).toList());
    }

    private static void getKeys(ClientSession session, List<byte[]> words) throws IOException {
        List<byte[]> asked = words.subList(1, words.size());
        Named named = named(asked.get(0));
        if (named == null) {
            session.replies().error("Invalid command specified");
        } else if (named.command().arityErrorOf(asked) != null) {
            session.replies().error("Invalid number of arguments specified for command");
        } else {
            List<byte[]> keys = named.command().arguments().keysOf(asked);
            if (keys.isEmpty()) {
                session.replies().error("The command has no key arguments");
                return;
            }
            session.replies().array(keys.size());
            for (byte[] key : keys) {
                session.replies().value(key);
            }
        }
    }
}
