package dev.poro.command;

import dev.poro.engine.MemoryReport;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** The commands that show how a key is kept. */
final class KeyFactsCommands {
    /** The subcommands, each with the number of its words; negative if there may be more. */
    private static final Map<String, Integer> OBJECT_WORDS =
            Map.of("ENCODING", 3, "FREQ", 3, "IDLETIME", 3, "REFCOUNT", 3, "HELP", 2);

    private static final Map<String, Integer> MEMORY_WORDS = Map.of("USAGE", -3, "HELP", 2);

    static final Command<Session> OBJECT = Command.<Session>of(
                    "OBJECT",
                    "subcommand [key ...]",
                    "Show how the value of key is kept: OBJECT ENCODING key, OBJECT REFCOUNT key.",
                    KeyFactsCommands::object)
            .described("generic", "2.2.3", "readonly")
            .checkedBy(words -> errorOf(words, OBJECT_WORDS));

    static final Command<Session> MEMORY = Command.<Session>of(
                    "MEMORY",
                    "subcommand [key] [SAMPLES count]",
                    "Show how many bytes of the memory budget key takes: MEMORY USAGE key.",
                    KeyFactsCommands::memory)
            .described("server", "4.0.0", "readonly")
            .checkedBy(words -> errorOf(words, MEMORY_WORDS));

    static final Command<Session> DUMP = Command.<Session>of(
                    "DUMP", "key", "Refused: Poro has no format of Redis for values.", KeyFactsCommands::dump)
            .described("generic", "2.6.0", "readonly");

    /** As much of an unknown name as Redis repeats. */
    private static final int MAX_SHOWN = 128;

    /** Redis' sentence, which holds here, too. */
    private static final String NO_FREQUENCY = "An LFU maxmemory policy is not selected, access frequency not tracked."
            + " Please note that when switching between policies at runtime LRU and LFU data will take some time to"
            + " adjust.";

    private static final List<String> OBJECT_HELP = List.of(
            "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
            "ENCODING <key>",
            "    Show how the value is kept: Poro keeps all of them raw.",
            "FREQ <key>",
            "    An error: Poro does not count reads.",
            "IDLETIME <key>",
            "    An error: Poro keeps no time of the last use.",
            "REFCOUNT <key>",
            "    Show how many references there are to the value: 1.",
            "HELP",
            "    Show this.");

    private static final List<String> MEMORY_HELP = List.of(
            "MEMORY <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
            "USAGE <key> [SAMPLES <count>]",
            "    Show how many bytes of the memory budget the key takes. SAMPLES has no effect.",
            "HELP",
            "    Show this.");

    private KeyFactsCommands() {}

    /** What is wrong with a subcommand or the number of its words, or {@code null}. */
    private static String errorOf(List<byte[]> words, Map<String, Integer> subcommands) {
        String subcommand = Names.upper(words.get(1));
        Integer count = subcommands.get(subcommand);
        String container = Names.upper(words.get(0));
        if (count == null) {
            return "unknown subcommand '" + shown(words.get(1)) + "'. Try " + container + " HELP.";
        }
        boolean isRight = count < 0 ? words.size() >= -count : words.size() == count;
        return isRight ? null : Command.arityError(container + "|" + subcommand);
    }

    private static String shown(byte[] word) {
        String text = Arguments.textUpToZero(word);
        return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN);
    }

    private static void object(Session session, List<byte[]> words) throws IOException {
        String subcommand = Names.upper(words.get(1));
        if (subcommand.equals("HELP")) {
            replyHelp(session, OBJECT_HELP);
        } else {
            replyFact(session, subcommand, words.get(2));
        }
    }

    private static void replyFact(Session session, String fact, byte[] key) throws IOException {
        if (!session.store().contains(key)) {
            session.replies().value(null);
            return;
        }
        switch (fact) {
            case "ENCODING":
                session.replies().value(new byte[] {'r', 'a', 'w'});
                break;
            case "REFCOUNT":
                session.replies().integer(1);
                break;
            case "FREQ":
                throw new CommandException(NO_FREQUENCY);
            default:
                throw new CommandException("idle time not tracked: Poro keeps no time of the last use of a key");
        }
    }

    private static void memory(Session session, List<byte[]> words) throws IOException {
        if (Names.equalsIgnoreCase("HELP", words.get(1))) {
            replyHelp(session, MEMORY_HELP);
        } else {
            replyUsage(session, words);
        }
    }

    /** The options are read before the key, as in Redis. */
    private static void replyUsage(Session session, List<byte[]> words) throws IOException {
        for (int i = 3; i < words.size(); i += 2) {
            boolean isOption = Names.equalsIgnoreCase("SAMPLES", words.get(i)) && i + 1 < words.size();
            if (!isOption || Arguments.integer(words.get(i + 1)) < 0) {
                session.replyToSyntaxError(MEMORY, words);
                return;
            }
        }
        byte[] key = words.get(2);
        Item item = session.store().item(key);
        if (item == null) {
            session.replies().value(null);
        } else {
            session.replies().integer(MemoryReport.ofEntry(key.length, item.value().length, item.expires()));
        }
    }

    private static void dump(Session session, List<byte[]> words) throws IOException {
        throw new CommandException(
                "DUMP is not supported: Poro has no serialization of Redis; 'poro export' and 'poro import' move keys");
    }

    private static void replyHelp(Session session, List<String> lines) throws IOException {
        session.replies().array(lines.size());
        for (String line : lines) {
            session.replies().status(line);
        }
    }
}
