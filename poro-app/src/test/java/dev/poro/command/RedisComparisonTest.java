package dev.poro.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.poro.engine.Poro;
import dev.poro.engine.SyncPolicy;
import dev.poro.events.TestScale;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same commands on Poro and on a real Redis 7, where one is installed: the replies are the same. */
class RedisComparisonTest {
    private static final long SEED = Long.getLong("poro.test.seed", 20_261_129);
    private static final int LONGEST_VALUE = 1 << 20;

    /** As much as the clocks and the runs of the two may differ by, in milliseconds; in seconds a few. */
    private static final long MOST_MILLIS = 10_000;

    private static final Set<String> TIMES = Set.of("TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME");

    @TempDir
    private Path directory;

    private Poro poro;
    private RespTokens replies;
    private Session session;

    /** What was queued since MULTI, whose replies EXEC gives. */
    private final List<String> queued = new ArrayList<>();

    @Test
    void repliesAsRedisDoes() throws Exception {
        assumeTrue(RedisServer.isInstalled(), "needs redis-server 7");
        int commands = TestScale.choose(3_000, 200_000);
        RandomCommands random = new RandomCommands(SEED);
        List<String> differences = new ArrayList<>();
        try (RedisServer redis = RedisServer.start(directory, "--proto-max-bulk-len", "1mb", "--databases", "1");
                Poro store = Poro.at(directory.resolve("poro.wal"))
                        .sync(SyncPolicy.OS)
                        .memory(64 << 20)
                        .maxValueLength(LONGEST_VALUE)
                        .open()) {
            poro = store;
            replies = new RespTokens();
            session = new Session(CommandStore.of(poro), replies) {};
            for (int i = 0; i < commands; i++) {
                List<byte[]> words = random.next();
                List<String> theirs = redis.run(words);
                List<String> ours = run(words);
                if (!isSame(words, theirs, ours)) {
                    differences.add(
                            i + ": " + shown(words) + "\n   Redis " + shown(theirs) + "\n   Poro  " + shown(ours));
                    if (differences.size() == 50) {
                        break;
                    }
                }
            }
            assertThat(differences).as("seed " + SEED).isEmpty();
        }
    }

    /** COMMAND INFO: arity, flags, and where the keys are. */
    @Test
    void tellsAboutItsCommandsAsRedisDoes() throws Exception {
        assumeTrue(RedisServer.isInstalled(), "needs redis-server 7");
        try (RedisServer redis = RedisServer.start(directory)) {
            for (Command<Session> command : StoreCommands.ALL) {
                List<String> info = redis.run(RecordedSession.words("COMMAND", "INFO", command.name()));
                boolean isOther = Set.of("INFO", "OBJECT", "MEMORY", "BGSAVE").contains(command.name());
                if (info.size() > 2 && !isOther) {
                    assertThat(factsOf(command)).as(command.name()).isEqualTo(factsOf(info));
                }
            }
        }
    }

    private static String factsOf(Command<Session> command) {
        ArgumentSpec arguments = command.arguments();
        return arguments.arity() + " "
                + new TreeSet<>(command.flags().stream().map(CommandFlag::text).toList()) + " "
                + arguments.firstKey() + " " + arguments.lastKey() + " " + arguments.keyStep() + " "
                + new TreeSet<>(command.categories());
    }

    /** The tokens are array, array, name, arity, array of flags, first, last, step, array of categories and more. */
    private static String factsOf(List<String> info) {
        int flags = Integer.parseInt(info.get(4).substring(1));
        int first = 5 + flags;
        int categories = Integer.parseInt(info.get(first + 3).substring(1));
        return info.get(3).substring(1) + " " + texts(info.subList(5, first)) + " "
                + info.get(first).substring(1) + " " + info.get(first + 1).substring(1) + " "
                + info.get(first + 2).substring(1) + " "
                + texts(info.subList(first + 4, first + 4 + categories));
    }

    private static Set<String> texts(List<String> tokens) {
        return new TreeSet<>(tokens.stream().map(token -> token.substring(1)).toList());
    }

    private List<String> run(List<byte[]> words) throws IOException {
        Command<? super Session> command = RecordedSession.TABLE.named(words.get(0));
        String error = command.arityErrorOf(words);
        if (error != null) {
            command.refuse(session, error);
            return replies.take();
        }
        command.run(session, words);
        return replies.take();
    }

    private boolean isSame(List<byte[]> words, List<String> theirs, List<String> ours) {
        String name = new String(words.get(0), StandardCharsets.ISO_8859_1);
        if (name.equals("SCAN") && words.size() > 1 && isPlace(words.get(1)) && ours.size() > 1 && theirs.size() > 1) {
            return true; // a cursor of another store means nothing
        }
        if (ours.equals(List.of("+QUEUED"))) {
            queued.add(name);
        } else if (!session.transaction().isOpen()) {
            boolean isExec = name.equals("EXEC") && !queued.isEmpty();
            boolean isSame = isExec ? isSameInTransaction(theirs, ours) : isSameOf(name, theirs, ours);
            queued.clear();
            return isSame;
        }
        return isSameOf(name, theirs, ours);
    }

    private static boolean isPlace(byte[] cursor) {
        return !new String(cursor, StandardCharsets.ISO_8859_1).matches("(?s)[-+]?0*(\0.*)?");
    }

    /** In a transaction, the numbers are compared as those of a time if there is a command for times. */
    private boolean isSameInTransaction(List<String> theirs, List<String> ours) {
        boolean hasTimes = queued.stream().anyMatch(TIMES::contains);
        boolean hasKeys = queued.contains("KEYS") || queued.contains("SCAN");
        return isSameOf(hasTimes ? "TTL" : hasKeys ? "KEYS" : "EXEC", theirs, ours);
    }

    private static boolean isSameOf(String name, List<String> theirs, List<String> ours) {
        if (theirs.toString().contains("Insufficient memory, transient memory for LCS")) {
            return true; // Poro's limit is another one
        }
        List<String> one = name.equals("KEYS") || name.equals("SCAN") ? sorted(theirs) : theirs;
        List<String> other = name.equals("KEYS") || name.equals("SCAN") ? sorted(ours) : ours;
        if (one.size() != other.size()) {
            return false;
        }
        for (int i = 0; i < one.size(); i++) {
            if (!one.get(i).equals(other.get(i)) && !(TIMES.contains(name) && isNear(one.get(i), other.get(i)))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isNear(String one, String other) {
        if (!one.matches(":\\d+") || !other.matches(":\\d+")) {
            return false;
        }
        return Math.abs(Long.parseLong(one.substring(1)) - Long.parseLong(other.substring(1))) <= MOST_MILLIS;
    }

    private static List<String> sorted(List<String> tokens) {
        List<String> sorted = new ArrayList<>(tokens);
        Collections.sort(sorted);
        return sorted;
    }

    private static String shown(List<?> all) {
        StringBuilder shown = new StringBuilder();
        for (Object each : all) {
            String text = each instanceof byte[] bytes ? new String(bytes, StandardCharsets.ISO_8859_1) : (String) each;
            String cut = text.length() > 80 ? text.substring(0, 80) + "...(" + text.length() + ")" : text;
            shown.append(cut.isEmpty() ? "''" : cut.replaceAll("[^\\x21-\\x7e ]", "?"))
                    .append(' ');
        }
        return shown.toString();
    }
}
