package dev.poro.command;

import dev.poro.engine.Expiry;
import dev.poro.engine.SetIf;
import java.io.IOException;
import java.util.List;

/** The commands that count. */
final class CounterCommands {
    static final Command<Session> INCR = Command.<Session>of(
                    "INCR", "key", "Add 1 to the integer of key; show it.", (session, words) -> add(session, words, 1))
            .described("string", "1.0.0", "write denyoom fast");

    static final Command<Session> DECR = Command.<Session>of(
                    "DECR",
                    "key",
                    "Subtract 1 from the integer of key; show it.",
                    (session, words) -> add(session, words, -1))
            .described("string", "1.0.0", "write denyoom fast");

    static final Command<Session> INCRBY = Command.<Session>of(
                    "INCRBY",
                    "key increment",
                    "Add to the integer of key; show it.",
                    (session, words) -> add(session, words, Arguments.integer(words.get(2))))
            .described("string", "1.0.0", "write denyoom fast");

    static final Command<Session> DECRBY = Command.<Session>of(
                    "DECRBY", "key decrement", "Subtract from the integer of key; show it.", CounterCommands::decrby)
            .described("string", "1.0.0", "write denyoom fast");

    static final Command<Session> INCRBYFLOAT = Command.<Session>of(
                    "INCRBYFLOAT", "key increment", "Add to the number of key; show it.", CounterCommands::incrbyfloat)
            .described("string", "2.6.0", "write denyoom fast");

    private static final byte[] ZERO = {'0'};

    private CounterCommands() {}

    private static void add(Session session, List<byte[]> words, long delta) throws IOException {
        session.replies().integer(session.store().add(words.get(1), delta));
    }

    private static void decrby(Session session, List<byte[]> words) throws IOException {
        long decrement = Arguments.integer(words.get(2));
        if (decrement == Long.MIN_VALUE) {
            throw new CommandException("decrement would overflow");
        }
        add(session, words, -decrement);
    }

    private static void incrbyfloat(Session session, List<byte[]> words) throws IOException {
        byte[] key = words.get(1);
        byte[] result = session.store().atomically(view -> {
            byte[] value = view.get(key);
            byte[] sum = Decimals.sum(value == null ? ZERO : value, words.get(2));
            view.quietly(() -> view.set(key, sum, Expiry.KEEP, SetIf.ALWAYS));
            view.tellOfChange("incrbyfloat", key, value == null);
            return sum;
        });
        session.replies().value(result);
    }
}
