package dev.poro.command;

import dev.poro.engine.Expiry;
import dev.poro.engine.ScanPage;
import dev.poro.engine.SetIf;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** The commands on keys, whatever their values. */
final class KeyCommands {
    static final Command<Session> DEL = Command.<Session>of(
                    "DEL", "key [key ...]", "Remove keys: how many were there.", KeyCommands::delete)
            .alias("DELETE")
            .described("generic", "1.0.0", "write");

    static final Command<Session> UNLINK = Command.<Session>of(
                    "UNLINK", "key [key ...]", "Remove keys, as DEL does.", KeyCommands::delete)
            .described("generic", "4.0.0", "write fast");

    static final Command<Session> TOUCH = Command.<Session>of(
                    "TOUCH",
                    "key [key ...]",
                    "Show how many of the keys are there, as EXISTS does: Poro keeps no time of the last use.",
                    KeyCommands::exists)
            .described("generic", "3.2.1", "readonly fast");

    static final Command<Session> EXISTS = Command.<Session>of(
                    "EXISTS", "key [key ...]", "Show how many of the keys are there.", KeyCommands::exists)
            .described("generic", "1.0.0", "readonly fast");

    static final Command<Session> TYPE = Command.<Session>of(
                    "TYPE", "key", "Show the type of key: string, or none if it is absent.", KeyCommands::type)
            .described("generic", "1.0.0", "readonly fast");

    static final Command<Session> KEYS = Command.<Session>of(
                    "KEYS",
                    "pattern",
                    "Show the keys that match: * is anything, ? one byte, [a-c] one of these.",
                    KeyCommands::keys)
            .described("generic", "1.0.0", "readonly");

    static final Command<Session> SCAN = Command.<Session>of(
                    "SCAN",
                    "cursor [MATCH pattern] [COUNT count] [TYPE type]",
                    "Show some keys, after the cursor for the next ones: begin with 0, end at 0.",
                    KeyCommands::scan)
            .described("generic", "2.8.0", "readonly");

    static final Command<Session> DBSIZE = Command.<Session>of(
                    "DBSIZE",
                    "",
                    "Show the number of keys.",
                    (session, words) ->
                            session.replies().integer(session.store().keys()))
            .described("server", "1.0.0", "readonly fast");

    static final Command<Session> RANDOMKEY = Command.<Session>of(
                    "RANDOMKEY", "", "Show any key, or (nil). Reads all of them.", KeyCommands::randomKey)
            .described("generic", "1.0.0", "readonly");

    static final Command<Session> RENAME = Command.<Session>of(
                    "RENAME",
                    "key newkey",
                    "Rename key, replacing what newkey had; the expiry goes with it.",
                    KeyCommands::rename)
            .described("generic", "1.0.0", "write");

    static final Command<Session> RENAMENX = Command.<Session>of(
                    "RENAMENX",
                    "key newkey",
                    "Rename key if newkey is absent: 1 if it was, 0 if not.",
                    KeyCommands::renamenx)
            .described("generic", "1.0.0", "write fast");

    static final Command<Session> COPY = Command.<Session>of(
                    "COPY",
                    "source destination [DB number] [REPLACE]",
                    "Copy value and expiry: 1 if done, 0 if source is absent, or destination is not and REPLACE is"
                            + " missing.",
                    KeyCommands::copy)
            .described("generic", "6.2.0", "write denyoom");

    static final Command<Session> FLUSHDB = Command.<Session>of(
                    "FLUSHDB", "[ASYNC|SYNC]", "Remove all keys, at once.", KeyCommands::flush)
            .described("server", "1.0.0", "write");

    static final Command<Session> FLUSHALL = Command.<Session>of(
                    "FLUSHALL", "[ASYNC|SYNC]", "Remove all keys, at once, as FLUSHDB does.", KeyCommands::flush)
            .described("server", "1.0.0", "write");

    private static final int DEFAULT_PAGE = 10;

    /** About as many bytes of keys as one reply to SCAN has at most, whatever its COUNT. */
    private static final long MAX_PAGE_LENGTH = 16 << 20;

    /** What a number that begins a scan may look like: strtoul reads it so. */
    private static final Pattern CURSOR = Pattern.compile("([+-]?\\d{1,20})?");

    private static final BigInteger CURSORS = BigInteger.ONE.shiftLeft(Long.SIZE);

    private KeyCommands() {}

    private static void delete(Session session, List<byte[]> words) throws IOException {
        if (words.size() == 2) {
            session.replies().integer(session.store().delete(words.get(1)) ? 1 : 0);
            return;
        }
        int deleted = session.store().atomically(view -> {
            int count = 0;
            for (byte[] key : words.subList(1, words.size())) {
                count += view.delete(key) ? 1 : 0;
            }
            return count;
        });
        session.replies().integer(deleted);
    }

    private static void exists(Session session, List<byte[]> words) throws IOException {
        if (words.size() == 2) {
            session.replies().integer(session.store().contains(words.get(1)) ? 1 : 0);
            return;
        }
        int found = session.store().atomically(view -> {
            int count = 0;
            for (byte[] key : words.subList(1, words.size())) {
                count += view.contains(key) ? 1 : 0;
            }
            return count;
        });
        session.replies().integer(found);
    }

    private static void type(Session session, List<byte[]> words) throws IOException {
        session.replies().status(session.store().contains(words.get(1)) ? "string" : "none");
    }

    private static void keys(Session session, List<byte[]> words) throws IOException {
        GlobPattern pattern = new GlobPattern(words.get(1));
        List<byte[]> found = new ArrayList<>();
        ReplyLength length = new ReplyLength(session);
        session.store().forEachKey(key -> {
            if (pattern.matches(key)) {
                length.add(key);
                found.add(key);
            }
        });
        replyAll(session, found);
    }

    /** The options are read one after the other, so that the first mistake is the one that is replied. */
    private static void scan(Session session, List<byte[]> words) throws IOException {
        long cursor = cursor(words.get(1));
        long count = DEFAULT_PAGE;
        Predicate<byte[]> filter = key -> true;
        for (int i = 2; i < words.size(); i += 2) {
            String option = i + 1 < words.size() ? Names.upper(words.get(i)) : "";
            switch (option) {
                case "COUNT":
                    count = Arguments.integer(words.get(i + 1));
                    if (count < 1) {
                        session.replyToSyntaxError(SCAN, words);
                        return;
                    }
                    break;
                case "MATCH":
                    filter = filter.and(new GlobPattern(words.get(i + 1))::matches);
                    break;
                case "TYPE":
                    boolean isOfStrings = Names.equalsIgnoreCase("STRING", words.get(i + 1));
                    filter = isOfStrings ? filter : key -> false;
                    break;
                default:
                    session.replyToSyntaxError(SCAN, words);
                    return;
            }
        }
        ScanPage page = scan(session.store(), cursor, count, filter);
        session.replies().array(2);
        session.replies().value(Long.toString(page.next()).getBytes(StandardCharsets.US_ASCII));
        replyAll(session, page.keys());
    }

    /** Goes on until it has looked at so many keys, or has found as many bytes as one reply should have. */
    private static ScanPage scan(CommandStore store, long cursor, long count, Predicate<byte[]> filter) {
        List<byte[]> found = new ArrayList<>();
        long next = cursor;
        long left = count;
        long length = 0;
        do {
            ScanPage page = store.scan(next, (int) Math.min(left, CommandStore.KEYS_AT_ONCE));
            for (byte[] key : page.keys()) {
                if (filter.test(key)) {
                    found.add(key);
                    length += key.length;
                }
            }
            left -= page.keys().size();
            next = page.next();
        } while (next != 0 && left > 0 && length < MAX_PAGE_LENGTH);
        return new ScanPage(next, found);
    }

    /** As C reads an unsigned number: nothing is 0, and a minus sign turns it around. */
    private static long cursor(byte[] argument) {
        String text = Arguments.textUpToZero(argument);
        if (CURSOR.matcher(text).matches()) {
            BigInteger number = text.isEmpty() ? BigInteger.ZERO : new BigInteger(text);
            if (number.abs().compareTo(CURSORS) < 0) {
                return number.longValue();
            }
        }
        throw new CommandException("invalid cursor");
    }

    private static void replyAll(Session session, List<byte[]> keys) throws IOException {
        session.replies().array(keys.size());
        for (byte[] key : keys) {
            session.replies().value(key);
        }
    }

    private static void randomKey(Session session, List<byte[]> words) throws IOException {
        RandomChoice choice = new RandomChoice();
        session.store().forEachKey(choice);
        session.replies().value(choice.chosen);
    }

    /** Chooses one of the keys that it is given, each as likely as any other. */
    private static final class RandomChoice implements Consumer<byte[]> {
        private byte[] chosen;
        private long seen;

        @Override
        public void accept(byte[] key) {
            seen++;
            if (ThreadLocalRandom.current().nextLong(seen) == 0) {
                chosen = key;
            }
        }
    }

    private static void rename(Session session, List<byte[]> words) throws IOException {
        session.store().atomically(view -> {
            move(view, words.get(1), words.get(2), true);
            return true;
        });
        session.replies().ok();
    }

    private static void renamenx(Session session, List<byte[]> words) throws IOException {
        boolean isDone = session.store().atomically(view -> move(view, words.get(1), words.get(2), false));
        session.replies().integer(isDone ? 1 : 0);
    }

    /** Returns whether it was done; it is done if the target is absent or may be replaced. */
    private static boolean move(CommandStore view, byte[] from, byte[] to, boolean mayReplace) {
        Item item = view.item(from);
        if (item == null) {
            throw new CommandException("no such key");
        }
        if (!mayReplace && view.contains(to)) {
            return false;
        }
        if (!Arrays.equals(from, to)) {
            view.quietly(() -> {
                view.delete(from);
                put(view, to, item);
            });
            // As in Redis, which removes what was there before.
            view.tell("new", to);
            view.tell("rename_from", from);
            view.tell("rename_to", to);
        }
        return true;
    }

    private static void copy(Session session, List<byte[]> words) throws IOException {
        byte[] source = words.get(1);
        byte[] destination = words.get(2);
        boolean mayReplace = false;
        for (int i = 3; i < words.size(); i++) {
            if (Names.equalsIgnoreCase("REPLACE", words.get(i))) {
                mayReplace = true;
            } else if (Names.equalsIgnoreCase("DB", words.get(i)) && i + 1 < words.size()) {
                i++;
                if (Arguments.integer(words.get(i), Integer.MIN_VALUE, Integer.MAX_VALUE) != 0) {
                    throw new CommandException("DB index is out of range");
                }
            } else {
                session.replyToSyntaxError(COPY, words);
                return;
            }
        }
        session.replies().integer(copy(session, source, destination, mayReplace) ? 1 : 0);
    }

    private static boolean copy(Session session, byte[] source, byte[] destination, boolean mayReplace)
            throws IOException {
        if (Arrays.equals(source, destination)) {
            throw new CommandException("source and destination objects are the same");
        }
        return session.store().atomically(view -> {
            Item item = view.item(source);
            if (item == null || (!mayReplace && view.contains(destination))) {
                return false;
            }
            view.quietly(() -> put(view, destination, item));
            view.tell("new", destination);
            view.tell("copy_to", destination);
            return true;
        });
    }

    private static void put(CommandStore view, byte[] key, Item item) {
        Expiry expiry = item.expires() ? new Expiry(Expiry.Kind.AT, item.expiry()) : Expiry.NONE;
        view.set(key, item.value(), expiry, SetIf.ALWAYS);
    }

    private static void flush(Session session, List<byte[]> words) throws IOException {
        if (words.size() > 2) {
            session.replyToSyntaxError(FLUSHDB, words);
        } else if (FLUSHDB.optionsOf(session, words) != null) {
            session.store().clear();
            session.replies().ok();
        }
    }
}
