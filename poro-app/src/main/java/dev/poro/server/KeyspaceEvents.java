package dev.poro.server;

import dev.poro.command.Command;
import dev.poro.engine.KeyEvents;
import dev.poro.engine.Poro;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes what happens to keys on the channels {@code __keyspace@0__:KEY} and {@code __keyevent@0__:EVENT}, as far as
 * {@code notify-keyspace-events} asks for it. Listens to the store only while it asks for something. Thread-safe.
 *
 * <p>Runs on the thread that carries changes out, and never waits for a subscriber: what one does not take is bounded,
 * and then its connection is closed, see {@link Connection#deliverLater}.
 */
final class KeyspaceEvents implements KeyEvents.Listener {
    /** All letters, in the words of Redis. */
    static final String LETTERS = "Ag$lshzxeKEtmdn";

    /** What {@code A} stands for, in the order in which it is shown: without new keys and misses. */
    private static final String ALL = "g$lshzxetd";

    private static final char NEW = 'n';

    private static final char KEYSPACE = 'K';
    private static final char KEYEVENT = 'E';
    private static final char MISS = 'm';
    private static final String MISSED = "keymiss";

    private static final Map<String, Character> CLASS_OF = Map.ofEntries(
            Map.entry("set", '$'),
            Map.entry("incrby", '$'),
            Map.entry("incrbyfloat", '$'),
            Map.entry("append", '$'),
            Map.entry("setrange", '$'),
            Map.entry("setbit", '$'),
            Map.entry("del", 'g'),
            Map.entry("expire", 'g'),
            Map.entry("persist", 'g'),
            Map.entry("rename_from", 'g'),
            Map.entry("rename_to", 'g'),
            Map.entry("copy_to", 'g'),
            Map.entry("expired", 'x'),
            Map.entry("new", NEW),
            Map.entry(MISSED, MISS));

    /** They look for a value, and say so if there is none. Those that only change it do not. */
    private static final Set<String> LOOKING = Set.of(
            "GET",
            "MGET",
            "GETEX",
            "GETDEL",
            "GETSET",
            "GETRANGE",
            "SUBSTR",
            "GETBIT",
            "BITCOUNT",
            "STRLEN",
            "LCS",
            "EXISTS",
            "TOUCH",
            "TYPE",
            "TTL",
            "PTTL",
            "EXPIRETIME",
            "PEXPIRETIME");

    private static final Logger LOGGER = LoggerFactory.getLogger(PoroServer.class);

    private final Poro store;
    private final PubSub pubSub;
    private volatile String asked = "";
    private boolean isListening;
    private boolean isClosed;

    KeyspaceEvents(Poro store, PubSub pubSub) {
        this.store = store;
        this.pubSub = pubSub;
    }

    /** Whether these are letters that {@code notify-keyspace-events} takes. */
    static boolean areLetters(String letters) {
        return letters.chars().allMatch(letter -> LETTERS.indexOf(letter) >= 0);
    }

    /** What is asked for, as Redis shows it: {@code A} hides whether new keys are asked for, too. */
    String letters() {
        StringBuilder shown = new StringBuilder();
        if (ALL.chars().allMatch(letter -> asks((char) letter))) {
            shown.append('A');
        } else {
            (ALL + NEW).chars().filter(letter -> asks((char) letter)).forEach(letter -> shown.append((char) letter));
        }
        for (char letter : new char[] {KEYSPACE, KEYEVENT, MISS}) {
            shown.append(asks(letter) ? letter : "");
        }
        return shown.toString();
    }

    /** @param letters that {@link #areLetters} accepts, in any order */
    synchronized void ask(String letters) {
        asked = letters.replace("A", ALL);
        listen(!isClosed && (asks(KEYSPACE) || asks(KEYEVENT)));
    }

    /** Who goes on listening misses nothing. */
    private void listen(boolean listens) {
        if (listens && !isListening) {
            store.keyEvents().add(this);
        } else if (!listens && isListening) {
            store.keyEvents().remove(this);
        }
        isListening = listens;
    }

    /** Publishes nothing more. */
    synchronized void close() {
        isClosed = true;
        listen(false);
    }

    private boolean asks(char letter) {
        return asked.indexOf(letter) >= 0;
    }

    @Override
    public boolean wants(String name) {
        Character itsClass = CLASS_OF.get(name);
        return itsClass != null && asks(itsClass) && pubSub.hasSubscribers();
    }

    @Override
    public void onKeyEvent(String name, byte[] key) {
        try {
            byte[] event = name.getBytes(StandardCharsets.US_ASCII);
            if (asks(KEYSPACE)) {
                pubSub.publishLater(channel("__keyspace@0__:", key), event);
            }
            if (asks(KEYEVENT)) {
                pubSub.publishLater(channel("__keyevent@0__:", event), key);
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            LOGGER.warn("the event {} of a key could not be published", name, e);
        }
    }

    private static byte[] channel(String prefix, byte[] rest) {
        byte[] channel = new byte[prefix.length() + rest.length];
        System.arraycopy(prefix.getBytes(StandardCharsets.US_ASCII), 0, channel, 0, prefix.length());
        System.arraycopy(rest, 0, channel, prefix.length(), rest.length);
        return channel;
    }

    /** Whether misses are to be told. Then the commands that look for values run one by one. */
    boolean wantsMisses() {
        return asks(MISS) && (asks(KEYSPACE) || asks(KEYEVENT));
    }

    /** A command is about to run: tells which of its keys are absent. A part of a transaction does not come here. */
    void tellMisses(Command<?> command, List<byte[]> words) {
        String name = command.name().toUpperCase(Locale.ROOT);
        List<byte[]> keys = List.of();
        if (LOOKING.contains(name) || (name.equals("SET") && hasOption(words, "GET"))) {
            keys = command.arguments().keysOf(words);
        } else if (name.equals("COPY")) {
            List<byte[]> both = command.arguments().keysOf(words);
            // A copy to itself is refused before anything is looked for.
            keys = Arrays.equals(both.get(0), both.get(1)) ? List.of() : both.subList(0, 1);
        }
        for (byte[] key : keys) {
            if (wants(MISSED) && !store.contains(key)) {
                onKeyEvent(MISSED, key);
            }
        }
    }

    private static boolean hasOption(List<byte[]> words, String option) {
        return words.subList(Math.min(3, words.size()), words.size()).stream().anyMatch(word -> Words.is(word, option));
    }
}
