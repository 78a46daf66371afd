package dev.poro.command;

import dev.poro.engine.ExpireIf;
import dev.poro.engine.Expiry;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.function.LongBinaryOperator;

/** The commands on the expiry of keys. */
final class ExpiryCommands {
    private static final String CONDITIONS = " [NX|XX|GT|LT]";
    private static final String IF_DONE =
            " 1 if done, 0 if not. NX: only if it has no expiry; XX: only if it has one; GT:"
                    + " only if the new one is later; LT: only if it is earlier.";

    static final Command<Session> EXPIRE = setter("EXPIRE", "seconds", "Have key expire after some seconds:");
    static final Command<Session> PEXPIRE =
            setter("PEXPIRE", "milliseconds", "Have key expire after some milliseconds:");
    static final Command<Session> EXPIREAT =
            setter("EXPIREAT", "unix-seconds", "Have key expire at a time in seconds since 1970:");
    static final Command<Session> PEXPIREAT =
            setter("PEXPIREAT", "unix-milliseconds", "Have key expire at a time in milliseconds since 1970:");

    static final Command<Session> TTL = getter(
            "TTL",
            "Show in how many seconds key expires; -1: never, -2: it is absent.",
            (expiry, now) -> toSeconds(remaining(expiry, now)));

    static final Command<Session> PTTL = getter(
            "PTTL",
            "Show in how many milliseconds key expires; -1: never, -2: it is absent.",
            ExpiryCommands::remaining);

    static final Command<Session> EXPIRETIME = getter(
            "EXPIRETIME",
            "Show when key expires, in seconds since 1970; -1: never, -2: it is absent.",
            (expiry, now) -> toSeconds(expiry));

    static final Command<Session> PEXPIRETIME = getter(
            "PEXPIRETIME",
            "Show when key expires, in milliseconds since 1970; -1: never, -2: it is absent.",
            (expiry, now) -> expiry);

    static final Command<Session> PERSIST = Command.<Session>of(
                    "PERSIST",
                    "key",
                    "Have key expire never: 1 if it had an expiry, 0 if not.",
                    ExpiryCommands::persist)
            .described("generic", "2.2.0", "write fast");

    private static final int ABSENT = -2;
    private static final int NEVER = -1;

    private ExpiryCommands() {}

    private static Command<Session> setter(String name, String time, String summary) {
        long unit = time.endsWith("milliseconds") ? Arguments.MILLISECONDS : Arguments.SECONDS;
        boolean isAbsolute = time.startsWith("unix-");
        String lowerCase = name.toLowerCase(Locale.ROOT);
        return Command.<Session>of(name, "key " + time + CONDITIONS, summary + IF_DONE, (session, words) -> {
                    Conditions conditions = Conditions.parse(words.subList(3, words.size()));
                    Expiry expiry = expiryOf(
                            words.get(2), unit, isAbsolute, session.store().now(), lowerCase);
                    expire(session, words.get(1), expiry, conditions);
                })
                .described("generic", name.startsWith("P") ? "2.6.0" : isAbsolute ? "1.2.0" : "1.0.0", "write fast");
    }

    /** A time that has passed, or a time to live that is not positive, removes the key. */
    private static Expiry expiryOf(byte[] argument, long unit, boolean isAbsolute, long now, String name) {
        long count = Arguments.integer(argument);
        if (count > (Long.MAX_VALUE - (isAbsolute ? 0 : now)) / unit || count < Long.MIN_VALUE / unit) {
            throw Arguments.invalidExpiry(name);
        }
        if (isAbsolute || count <= 0) {
            long time = isAbsolute ? Math.min(count * unit, Item.NEVER - 1) : 0;
            return new Expiry(Expiry.Kind.AT, Math.max(0, time));
        }
        return new Expiry(Expiry.Kind.AFTER, count * unit);
    }

    private static void expire(Session session, byte[] key, Expiry expiry, Conditions conditions) throws IOException {
        boolean isDone = (conditions.some && conditions.earlier)
                ? session.store().atomically(view -> {
                    Item item = view.item(key);
                    return item != null && item.expires() && view.expire(key, expiry, ExpireIf.EARLIER);
                })
                : session.store().expire(key, expiry, conditions.single());
        session.replies().integer(isDone ? 1 : 0);
    }

    /** Redis lets some of them be given together. */
    private static final class Conditions {
        private boolean none;
        private boolean some;
        private boolean later;
        private boolean earlier;

        static Conditions parse(List<byte[]> words) {
            Conditions given = new Conditions();
            words.forEach(given::add);
            if (given.none && (given.some || given.later || given.earlier)) {
                throw new CommandException("NX and XX, GT or LT options at the same time are not compatible");
            }
            if (given.later && given.earlier) {
                throw new CommandException("GT and LT options at the same time are not compatible");
            }
            return given;
        }

        private void add(byte[] word) {
            switch (Names.upper(word)) {
                case "NX":
                    none = true;
                    break;
                case "XX":
                    some = true;
                    break;
                case "GT":
                    later = true;
                    break;
                case "LT":
                    earlier = true;
                    break;
                default:
                    throw new CommandException("Unsupported option " + Arguments.textUpToZero(word));
            }
        }

        /** A key that has no expiry gets none that is later, so GT implies XX. */
        ExpireIf single() {
            if (later) {
                return ExpireIf.LATER;
            }
            if (earlier) {
                return ExpireIf.EARLIER;
            }
            if (none) {
                return ExpireIf.NONE;
            }
            return some ? ExpireIf.SOME : ExpireIf.ALWAYS;
        }
    }

    private static Command<Session> getter(String name, String summary, LongBinaryOperator function) {
        String since = name.endsWith("TIME") ? "7.0.0" : name.startsWith("P") ? "2.6.0" : "1.0.0";
        return Command.<Session>of(name, "key", summary, (session, words) -> {
                    Item item = session.store().item(words.get(1));
                    if (item == null) {
                        session.replies().integer(ABSENT);
                    } else if (!item.expires()) {
                        session.replies().integer(NEVER);
                    } else {
                        session.replies()
                                .integer(function.applyAsLong(
                                        item.expiry(), session.store().now()));
                    }
                })
                .described("generic", since, "readonly fast");
    }

    private static long remaining(long expiry, long now) {
        return Math.max(0, expiry - now);
    }

    private static long toSeconds(long millis) {
        return (millis + 500) / 1_000;
    }

    private static void persist(Session session, List<byte[]> words) throws IOException {
        boolean isDone = session.store().expire(words.get(1), Expiry.NONE, ExpireIf.SOME);
        session.replies().integer(isDone ? 1 : 0);
    }
}
