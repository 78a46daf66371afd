package dev.poro.command;

import dev.poro.engine.ExpireIf;
import dev.poro.engine.Expiry;
import dev.poro.engine.SetIf;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The commands on values. */
final class StringCommands {
    static final Command<Session> SET = Command.<Session>of(
                    "SET",
                    "key value [NX|XX|IFEQ value] [GET]"
                            + " [EX seconds|PX milliseconds|EXAT unix-seconds|PXAT unix-milliseconds|KEEPTTL]",
                    "Store value under key, replacing the value it had. NX: only if there is none; XX: only if there is"
                            + " one; IFEQ: only if it is this; GET: show the value before.",
                    StringCommands::set)
            .described("string", "1.0.0", "write denyoom");

    static final Command<Session> GET = Command.<Session>of(
                    "GET", "key", "Show the value of key, or (nil).", StringCommands::get)
            .described("string", "1.0.0", "readonly fast");

    static final Command<Session> SETNX = Command.<Session>of(
                    "SETNX", "key value", "Store value if key is absent: 1 if it was, 0 if not.", StringCommands::setnx)
            .described("string", "1.0.0", "write denyoom fast");

    static final Command<Session> SETEX = Command.<Session>of(
                    "SETEX",
                    "key seconds value",
                    "Store value, which expires after some seconds.",
                    (session, words) -> setExpiring(session, words, Arguments.SECONDS, "setex"))
            .described("string", "2.0.0", "write denyoom");

    static final Command<Session> PSETEX = Command.<Session>of(
                    "PSETEX",
                    "key milliseconds value",
                    "Store value, which expires after some milliseconds.",
                    (session, words) -> setExpiring(session, words, Arguments.MILLISECONDS, "psetex"))
            .described("string", "2.6.0", "write denyoom");

    static final Command<Session> GETSET = Command.<Session>of(
                    "GETSET", "key value", "Store value; show the value before.", StringCommands::getset)
            .described("string", "1.0.0", "write denyoom fast");

    static final Command<Session> GETDEL = Command.<Session>of(
                    "GETDEL", "key", "Remove key; show the value that it had.", StringCommands::getdel)
            .described("string", "6.2.0", "write fast");

    static final Command<Session> GETEX = Command.<Session>of(
                    "GETEX",
                    "key [EX seconds|PX milliseconds|EXAT unix-seconds|PXAT unix-milliseconds|PERSIST]",
                    "Show the value of key, and change when it expires.",
                    StringCommands::getex)
            .described("string", "6.2.0", "write fast");

    static final Command<Session> MGET = Command.<Session>of(
                    "MGET", "key [key ...]", "Show the values of several keys.", StringCommands::mget)
            .described("string", "1.0.0", "readonly fast");

    static final Command<Session> MSET = Command.<Session>of(
                    "MSET", "key value [key value ...]", "Store several values, all at once.", StringCommands::mset)
            .described("string", "1.0.1", "write denyoom");

    static final Command<Session> MSETNX = Command.<Session>of(
                    "MSETNX",
                    "key value [key value ...]",
                    "Store several values if all of the keys are absent: 1 if they were, 0 if not.",
                    StringCommands::msetnx)
            .described("string", "1.0.1", "write denyoom");

    static final Command<Session> APPEND = Command.<Session>of(
                    "APPEND", "key value", "Append to the value of key; show its length.", StringCommands::append)
            .described("string", "2.0.0", "write denyoom fast");

    static final Command<Session> STRLEN = Command.<Session>of(
                    "STRLEN",
                    "key",
                    "Show the length of the value of key in bytes, 0 if there is none.",
                    StringCommands::strlen)
            .described("string", "2.2.0", "readonly fast");

    static final Command<Session> GETRANGE = Command.<Session>of(
                    "GETRANGE",
                    "key start end",
                    "Show the bytes of a value from start to end, both included; -1 is the last.",
                    StringCommands::getrange)
            .described("string", "2.4.0", "readonly");

    static final Command<Session> SUBSTR = Command.<Session>of(
                    "SUBSTR", "key start end", "The old name of GETRANGE.", StringCommands::getrange)
            .described("string", "1.0.0", "readonly");

    static final Command<Session> SETRANGE = Command.<Session>of(
                    "SETRANGE",
                    "key offset value",
                    "Overwrite the value of key from an offset on; show its length.",
                    StringCommands::setrange)
            .described("string", "2.2.0", "write denyoom");

    private static final byte[] NOTHING = {};

    private StringCommands() {}

    private static void set(Session session, List<byte[]> words) throws IOException {
        byte[] key = words.get(1);
        byte[] value = words.get(2);
        if (words.size() == 3) {
            session.store().set(key, value);
            session.replies().ok();
            return;
        }
        Options options = SET.optionsOf(session, words);
        if (options == null) {
            return;
        }
        Expiry other = options.has("KEEPTTL") ? Expiry.KEEP : Expiry.NONE;
        Expiry expiry = Arguments.expiry(options, session.store().now(), "set", other);
        SetIf condition = conditionOf(options);
        if (options.has("IFEQ")) {
            setIfEqual(session, words, options, expiry);
        } else if (options.has("GET")) {
            session.replies().value(session.store().getAndSet(key, value, expiry, condition));
        } else if (session.store().set(key, value, expiry, condition)) {
            session.replies().ok();
        } else {
            session.replies().value(null);
        }
    }

    /** What Redis has not, and Valkey has: compare and set by value. */
    private static void setIfEqual(Session session, List<byte[]> words, Options options, Expiry expiry)
            throws IOException {
        byte[] key = words.get(1);
        byte[] expected = options.value("IFEQ");
        byte[] before = session.store().atomically(view -> {
            byte[] found = view.get(key);
            if (Arrays.equals(found, expected)) {
                view.set(key, words.get(2), expiry, SetIf.ALWAYS);
            }
            return found;
        });
        if (options.has("GET")) {
            session.replies().value(before);
        } else if (Arrays.equals(before, expected)) {
            session.replies().ok();
        } else {
            session.replies().value(null);
        }
    }

    private static SetIf conditionOf(Options options) {
        if (options.has("NX")) {
            return SetIf.ABSENT;
        }
        return options.has("XX") ? SetIf.PRESENT : SetIf.ALWAYS;
    }

    private static void get(Session session, List<byte[]> words) throws IOException {
        session.replies().value(session.store().get(words.get(1)));
    }

    private static void setnx(Session session, List<byte[]> words) throws IOException {
        boolean isSet = session.store().set(words.get(1), words.get(2), Expiry.NONE, SetIf.ABSENT);
        session.replies().integer(isSet ? 1 : 0);
    }

    private static void setExpiring(Session session, List<byte[]> words, long unit, String name) throws IOException {
        Expiry expiry = Arguments.after(words.get(2), unit, session.store().now(), name);
        session.store().set(words.get(1), words.get(3), expiry, SetIf.ALWAYS);
        session.replies().ok();
    }

    private static void getset(Session session, List<byte[]> words) throws IOException {
        session.replies().value(session.store().getAndSet(words.get(1), words.get(2), Expiry.NONE, SetIf.ALWAYS));
    }

    private static void getdel(Session session, List<byte[]> words) throws IOException {
        session.replies().value(session.store().getAndDelete(words.get(1)));
    }

    private static void getex(Session session, List<byte[]> words) throws IOException {
        byte[] key = words.get(1);
        Options options = GETEX.optionsOf(session, words);
        if (options == null) {
            return;
        }
        if (!options.has("PERSIST") && !Arguments.hasExpiry(options)) {
            session.replies().value(session.store().get(key));
            return;
        }
        ExpireIf condition = options.has("PERSIST") ? ExpireIf.SOME : ExpireIf.ALWAYS;
        // As in Redis, the time is looked at only if the key is there.
        byte[] value = session.store().atomically(view -> {
            byte[] found = view.get(key);
            if (found != null) {
                view.expire(key, Arguments.expiry(options, view.now(), "getex", Expiry.NONE), condition);
            }
            return found;
        });
        session.replies().value(value);
    }

    private static void mget(Session session, List<byte[]> words) throws IOException {
        List<byte[]> values = session.store().atomically(view -> {
            List<byte[]> found = new ArrayList<>();
            ReplyLength length = new ReplyLength(session);
            for (byte[] key : words.subList(1, words.size())) {
                byte[] value = view.get(key);
                length.add(value);
                found.add(value);
            }
            return found;
        });
        session.replies().array(values.size());
        for (byte[] value : values) {
            session.replies().value(value);
        }
    }

    private static void mset(Session session, List<byte[]> words) throws IOException {
        session.store().setAll(words.subList(1, words.size()));
        session.replies().ok();
    }

    private static void msetnx(Session session, List<byte[]> words) throws IOException {
        boolean isSet = session.store().atomically(view -> {
            for (int i = 1; i < words.size(); i += 2) {
                if (view.contains(words.get(i))) {
                    return false;
                }
            }
            view.setAll(words.subList(1, words.size()));
            return true;
        });
        session.replies().integer(isSet ? 1 : 0);
    }

    private static void append(Session session, List<byte[]> words) throws IOException {
        byte[] key = words.get(1);
        if (words.get(2).length > 0) {
            session.replies().integer(session.store().append(key, words.get(2)));
            return;
        }
        // Nothing to append: as in Redis, the key is there afterwards, and has been changed.
        int length = session.store().atomically(view -> {
            byte[] found = view.get(key);
            byte[] value = found == null ? NOTHING : found;
            view.quietly(() -> view.set(key, value, Expiry.KEEP, SetIf.ALWAYS));
            view.tellOfChange("append", key, found == null);
            return value.length;
        });
        session.replies().integer(length);
    }

    private static void strlen(Session session, List<byte[]> words) throws IOException {
        session.replies().integer(Math.max(0, session.store().length(words.get(1))));
    }

    private static void getrange(Session session, List<byte[]> words) throws IOException {
        long start = Arguments.integer(words.get(2));
        long end = Arguments.integer(words.get(3));
        byte[] value = session.store().get(words.get(1));
        session.replies().value(value == null ? NOTHING : range(value, start, end));
    }

    private static byte[] range(byte[] value, long start, long end) {
        if (start < 0 && end < 0 && start > end) {
            return NOTHING;
        }
        long from = Math.max(0, start < 0 ? value.length + start : start);
        long last = Math.min(value.length - 1L, Math.max(0, end < 0 ? value.length + end : end));
        return from > last ? NOTHING : Arrays.copyOfRange(value, (int) from, (int) last + 1);
    }

    private static void setrange(Session session, List<byte[]> words) throws IOException {
        long offset = Arguments.integer(words.get(2));
        byte[] bytes = words.get(3);
        if (offset < 0) {
            throw new CommandException("offset is out of range");
        }
        if (bytes.length == 0) {
            strlen(session, words);
            return;
        }
        if (offset > session.store().maxValueLength()) {
            throw new CommandException(CommandException.TOO_LONG);
        }
        session.replies().integer(session.store().overwrite(words.get(1), (int) offset, bytes));
    }
}
