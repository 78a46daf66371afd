package dev.poro.server;

import dev.poro.command.Command;
import dev.poro.command.GlobPattern;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/** CONFIG: the settings, by the names that Redis has for them. Some can be changed until the server stops. */
final class ConfigCommands {
    static final Subcommands SUBCOMMANDS = new Subcommands(
            "CONFIG",
            List.of(
                    Command.of(
                            "GET",
                            "parameter [parameter ...]",
                            "Show settings; * and ? stand for other characters.",
                            ConfigCommands::get),
                    Command.of(
                            "SET",
                            "parameter value [parameter value ...]",
                            "Change settings until the server stops: all, or none.",
                            ConfigCommands::set),
                    Command.of("RESETSTAT", "", "Begin to count anew.", ConfigCommands::resetStat),
                    Command.of("REWRITE", "", "Refused: there is no file of settings.", ConfigCommands::rewrite)));

    private static final Map<String, Setting> SETTINGS = new LinkedHashMap<>();

    static {
        changeable(
                "maxclients",
                server -> Integer.toString(server.settings().maxClients()),
                integer(1, 1_000_000, (server, value) -> server.settings().setMaxClients((int) (long) value)));
        changeable(
                "timeout",
                server -> Integer.toString(server.settings().idleSeconds()),
                integer(
                        0,
                        Integer.MAX_VALUE,
                        (server, value) -> server.settings().setIdleSeconds((int) (long) value)));
        changeable(
                "slowlog-log-slower-than",
                server -> Long.toString(server.settings().slowlogMicros()),
                integer(-1, Long.MAX_VALUE, (server, value) -> server.settings().setSlowlogMicros(value)));
        changeable(
                "slowlog-max-len",
                server -> Integer.toString(server.settings().slowlogLength()),
                integer(0, 10_000, (server, value) -> server.settings().setSlowlogLength((int) (long) value)));
        changeable(
                "notify-keyspace-events", server -> server.keyspaceEvents().letters(), ConfigCommands::notifications);
        // Only its digest is known, and who could clear it would open the server to the network.
        fixed("requirepass", server -> "");
        fixed("port", server -> Integer.toString(portOf(server)));
        fixed("bind", ConfigCommands::bindOf);
        fixed("databases", server -> "1");
        kept("maxmemory", server -> Long.toString(server.poro().memory().budget()));
        kept("maxmemory-policy", server -> "noeviction");
        kept("appendonly", server -> "yes");
        kept("appendfsync", server -> fsyncOf(server));
        kept("save", server -> "");
        fixed("dir", server -> server.poro().path().toAbsolutePath().toString());
        fixed("proto-max-bulk-len", server -> Integer.toString(server.store().maxValueLength()));
        fixed("tcp-keepalive", server -> Integer.toString(Transport.KEEP_ALIVE_S));
        fixed(
                "client-output-buffer-limit",
                server -> "normal " + server.settings().outputLimit() + " 0 0");
        kept("latency-monitor-threshold", server -> "0");
        fixed("enable-debug-command", server -> server.settings().hasDebugCommands() ? "yes" : "no");
        fixed("cluster-enabled", server -> "no");
    }

    private ConfigCommands() {}

    /**
     * A setting.
     *
     * @param change checks a value and returns how to set it; throws an {@link IllegalArgumentException} if the value
     *     is wrong. {@code null} if the setting cannot be changed
     * @param isKept only its own value is right
     */
    private record Setting(Function<ServerContext, String> value, Function<byte[], Change> change, boolean isKept) {
        /** How to set it to a value; throws an {@link IllegalArgumentException} if that is not possible. */
        Change changeTo(ServerContext server, byte[] word) {
            if (change == null) {
                throw new IllegalArgumentException("can't set immutable config");
            }
            if (isKept && !Words.is(word, value.apply(server))) {
                throw new IllegalArgumentException("Poro cannot change it");
            }
            return change.apply(word);
        }
    }

    /** Sets a value. */
    private interface Change {
        void make(ServerContext server);
    }

    private static void fixed(String name, Function<ServerContext, String> value) {
        SETTINGS.put(name, new Setting(value, null, false));
    }

    /** Redis can change it, Poro cannot: to set it to what it is does nothing. */
    private static void kept(String name, Function<ServerContext, String> value) {
        SETTINGS.put(name, new Setting(value, word -> server -> {}, true));
    }

    private static void changeable(
            String name, Function<ServerContext, String> value, Function<byte[], Change> change) {
        SETTINGS.put(name, new Setting(value, change, false));
    }

    private static Change notifications(byte[] word) {
        String letters = Words.text(word);
        if (!KeyspaceEvents.areLetters(letters)) {
            throw new IllegalArgumentException("Invalid event class character. Use '" + KeyspaceEvents.LETTERS + "'.");
        }
        return server -> server.keyspaceEvents().ask(letters);
    }

    private static Function<byte[], Change> integer(long least, long most, BiConsumer<ServerContext, Long> setter) {
        return word -> {
            long value = Words.number(word);
            if (value == DecimalBytes.INVALID) {
                throw new IllegalArgumentException("argument couldn't be parsed into an integer");
            }
            if (value < least || value > most) {
                throw new IllegalArgumentException("argument must be between " + least + " and " + most + " inclusive");
            }
            return server -> setter.accept(server, value);
        };
    }

    private static int portOf(ServerContext server) {
        return server.addresses().get(0).getPort();
    }

    private static String bindOf(ServerContext server) {
        return server.addresses().stream()
                .map(InetSocketAddress::getAddress)
                .map(address -> address.getHostAddress())
                .collect(Collectors.joining(" "));
    }

    private static String fsyncOf(ServerContext server) {
        String policy = server.poro().syncPolicy().name().toLowerCase(Locale.ROOT);
        return policy.equals("os") ? "no" : policy;
    }

    private static void get(ClientSession session, List<byte[]> words) throws IOException {
        Map<String, String> found = new LinkedHashMap<>();
        for (byte[] word : words.subList(1, words.size())) {
            GlobPattern pattern = new GlobPattern(Words.text(word).toLowerCase(Locale.ROOT));
            SETTINGS.forEach((name, setting) -> {
                if (pattern.matches(name)) {
                    found.computeIfAbsent(name, any -> setting.value().apply(session.server()));
                }
            });
        }
        session.replies().map(found.size());
        for (Map.Entry<String, String> entry : found.entrySet()) {
            Words.reply(session.replies(), entry.getKey());
            Words.reply(session.replies(), entry.getValue());
        }
    }

    private static void set(ClientSession session, List<byte[]> words) throws IOException {
        List<Change> changes = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 1; i < words.size(); i += 2) {
            String name = Words.text(words.get(i)).toLowerCase(Locale.ROOT);
            Setting setting = SETTINGS.get(name);
            if (setting == null) {
                session.replies()
                        .error("Unknown option or number of arguments for CONFIG SET - '" + Words.text(words.get(i))
                                + "'");
                return;
            }
            try {
                if (!names.add(name)) {
                    throw new IllegalArgumentException("duplicate parameter");
                }
                changes.add(setting.changeTo(session.server(), words.get(i + 1)));
            } catch (IllegalArgumentException e) {
                session.replies()
                        .error("CONFIG SET failed (possibly related to argument '" + name + "') - " + e.getMessage());
                return;
            }
        }
        changes.forEach(change -> change.make(session.server()));
        session.replies().ok();
    }

    private static void resetStat(ClientSession session, List<byte[]> words) throws IOException {
        session.server().stats().reset();
        session.replies().ok();
    }

    private static void rewrite(ClientSession session, List<byte[]> words) throws IOException {
        session.replies().error("The server is running without a config file");
    }
}
