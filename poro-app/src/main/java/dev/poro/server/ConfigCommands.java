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
        // Only its digest is known, and who could clear it would open the server to the network.
        fixed("requirepass", server -> "");
        fixed("port", server -> Integer.toString(portOf(server)));
        fixed("bind", ConfigCommands::bindOf);
        fixed("databases", server -> "1");
        fixed("maxmemory", server -> Long.toString(server.poro().memory().budget()));
        fixed("maxmemory-policy", server -> "noeviction");
        fixed("appendonly", server -> "yes");
        fixed("appendfsync", server -> fsyncOf(server));
        fixed("save", server -> "");
        fixed("dir", server -> server.poro().path().toAbsolutePath().toString());
        fixed("proto-max-bulk-len", server -> Integer.toString(server.store().maxValueLength()));
        fixed("tcp-keepalive", server -> Integer.toString(Transport.KEEP_ALIVE_S));
        fixed(
                "client-output-buffer-limit",
                server -> "normal " + server.settings().outputLimit() + " 0 0");
        fixed("latency-monitor-threshold", server -> "0");
        fixed("enable-debug-command", server -> server.settings().hasDebugCommands() ? "yes" : "no");
        fixed("cluster-enabled", server -> "no");
    }

    private ConfigCommands() {}

    /**
     * A setting.
     *
     * @param change checks a value and returns how to set it, or {@code null} if the value is wrong. Itself
     *     {@code null} if the setting cannot be changed
     */
    private record Setting(Function<ServerContext, String> value, Function<byte[], Change> change) {}

    /** Sets a value. */
    private interface Change {
        void make(ServerContext server);
    }

    private static void fixed(String name, Function<ServerContext, String> value) {
        SETTINGS.put(name, new Setting(value, null));
    }

    private static void changeable(
            String name, Function<ServerContext, String> value, Function<byte[], Change> change) {
        SETTINGS.put(name, new Setting(value, change));
    }

    private static Function<byte[], Change> integer(long least, long most, BiConsumer<ServerContext, Long> setter) {
        return word -> {
            long value = Words.number(word);
            return value < least || value > most ? null : server -> setter.accept(server, value);
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
            Change change = setting.change() == null ? null : setting.change().apply(words.get(i + 1));
            String problem = !names.add(name)
                    ? "duplicate parameter"
                    : setting.change() == null
                            ? "can't set immutable config"
                            : change == null ? "argument out of range or not of the right kind" : null;
            if (problem != null) {
                session.replies().error("CONFIG SET failed (possibly related to argument '" + name + "') - " + problem);
                return;
            }
            changes.add(change);
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
