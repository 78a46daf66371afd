package dev.poro.command;

import dev.poro.engine.Expiry;
import dev.poro.engine.ScanPage;
import dev.poro.engine.SetIf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/** The commands on keys, whatever their values. */
final class KeyCommands {
    static final Command<Session> DEL = Command.<Session>of(
                    "DEL", "key [key ...]", "Remove keys: how many were there.", KeyCommands::delete)
            .alias("DELETE")
            .alias("UNLINK")
            .writing();

    static final Command<Session> EXISTS =
            Command.of("EXISTS", "key [key ...]", "Show how many of the keys are there.", KeyCommands::exists);

    static final Command<Session> TYPE =
            Command.of("TYPE", "key", "Show the type of key: string, or none if it is absent.", KeyCommands::type);

    static final Command<Session> KEYS = Command.of(
            "KEYS",
            "pattern",
            "Show the keys that match: * is anything, ? one byte, [a-c] one of these.",
            KeyCommands::keys);

    static final Command<Session> SCAN = Command.of(
            "SCAN",
            "cursor [MATCH pattern] [COUNT count] [TYPE type]",
            "Show some keys, after the cursor for the next ones: begin with 0, end at 0.",
            KeyCommands::scan);

    static final Command<Session> DBSIZE = Command.of(
            "DBSIZE",
            "",
            "Show the number of keys.",
            (session, words) -> session.replies().integer(session.store().keys()));

    static final Command<Session> RANDOMKEY =
            Command.of("RANDOMKEY", "", "Show any key, or (nil). Reads all of them.", KeyCommands::randomKey);

    static final Command<Session> RENAME = Command.<Session>of(
                    "RENAME",
                    "key newkey",
                    "Rename key, replacing what newkey had; the expiry goes with it.",
                    KeyCommands::rename)
            .writing();

    static final Command<Session> RENAMENX = Command.<Session>of(
                    "RENAMENX",
                    "key newkey",
                    "Rename key if newkey is absent: 1 if it was, 0 if not.",
                    KeyCommands::renamenx)
            .writing();

    static final Command<Session> COPY = Command.<Session>of(
                    "COPY",
                    "source destination [DB number] [REPLACE]",
                    "Copy value and expiry: 1 if done, 0 if source is absent, or destination is not and REPLACE is"
                            + " missing.",
                    KeyCommands::copy)
            .writing();

    static final Command<Session> FLUSHDB = Command.<Session>of(
                    "FLUSHDB", "[ASYNC|SYNC]", "Remove all keys, at once.", KeyCommands::flush)
            .alias("FLUSHALL")
            .writing();

    private static final int DEFAULT_PAGE = 10;

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
        session.store().forEachKey(key -> {
            if (pattern.matches(key)) {
                found.add(key);
            }
        });
        replyAll(session, found);
    }

    private static void scan(Session session, List<byte[]> words) throws IOException {
        long cursor = cursor(words.get(1));
        Options options = SCAN.optionsOf(session, words);
        if (options == null) {
            return;
        }
        long count = options.has("COUNT") ? Arguments.integer(options.value("COUNT")) : DEFAULT_PAGE;
        if (count < 1) {
            session.replyToSyntaxError(SCAN, words);
            return;
        }
        ScanPage page = session.store().scan(cursor, (int) Math.min(count, Integer.MAX_VALUE));
        session.replies().array(2);
        session.replies().value(Long.toString(page.next()).getBytes(StandardCharsets.US_ASCII));
        replyAll(session, matching(page.keys(), options));
    }

    private static List<byte[]> matching(List<byte[]> keys, Options options) {
        if (options.has("TYPE") && !Names.equalsIgnoreCase("STRING", options.value("TYPE"))) {
            return List.of();
        }
        if (!options.has("MATCH")) {
            return keys;
        }
        GlobPattern pattern = new GlobPattern(options.value("MATCH"));
        return keys.stream().filter(pattern::matches).toList();
    }

    private static long cursor(byte[] argument) {
        try {
            return Long.parseUnsignedLong(Arguments.text(argument));
        } catch (NumberFormatException e) {
            throw new CommandException("invalid cursor");
        }
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
            view.delete(from);
            put(view, to, item);
        }
        return true;
    }

    private static void copy(Session session, List<byte[]> words) throws IOException {
        byte[] source = words.get(1);
        byte[] destination = words.get(2);
        Options options = COPY.optionsOf(session, words);
        if (options == null) {
            return;
        }
        if (options.has("DB") && Arguments.integer(options.value("DB")) != 0) {
            throw new CommandException("DB index is out of range");
        }
        if (Arrays.equals(source, destination)) {
            throw new CommandException("source and destination objects are the same");
        }
        boolean isDone = session.store().atomically(view -> {
            Item item = view.item(source);
            if (item == null || (!options.has("REPLACE") && view.contains(destination))) {
                return false;
            }
            put(view, destination, item);
            return true;
        });
        session.replies().integer(isDone ? 1 : 0);
    }

    private static void put(CommandStore view, byte[] key, Item item) {
        Expiry expiry = item.expires() ? new Expiry(Expiry.Kind.AT, item.expiry()) : Expiry.NONE;
        view.set(key, item.value(), expiry, SetIf.ALWAYS);
    }

    private static void flush(Session session, List<byte[]> words) throws IOException {
        if (FLUSHDB.optionsOf(session, words) != null) {
            session.store().clear();
            session.replies().ok();
        }
    }
}
