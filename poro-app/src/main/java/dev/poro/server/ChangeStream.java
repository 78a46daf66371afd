package dev.poro.server;

import dev.poro.command.Replies;
import dev.poro.engine.Change;
import dev.poro.engine.ChangeFeed;
import dev.poro.engine.Changes;
import dev.poro.engine.Poro;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The changes of a store as a stream that clients of Redis can read: {@code poro:changes}, or those of the keys with a
 * prefix, {@code poro:changes:PREFIX}. It is nowhere kept as a stream. Immutable.
 */
final class ChangeStream {
    private static final byte[] NAME = Words.bytes("poro:changes");
    private static final byte SEPARATOR = ':';
    private static final int ENTRY_OVERHEAD = 200;

    private static final byte[] OP = Words.bytes("op");
    private static final byte[] KEY = Words.bytes("key");
    private static final byte[] VALUE = Words.bytes("value");
    private static final byte[] EXPIRES = Words.bytes("expires");
    private static final byte[] OLD = Words.bytes("old");
    private static final byte[] TOKEN = Words.bytes("token");
    private static final byte[] TIME = Words.bytes("time");

    private final byte[] key;
    private final byte[] prefix;

    private ChangeStream(byte[] key, byte[] prefix) {
        this.key = key;
        this.prefix = prefix;
    }

    /**
     * An entry.
     *
     * @param fields names and values, in turn
     */
    record Entry(ChangeId id, List<byte[]> fields) {
        /** Bytes that it takes in a reply and in memory, about. */
        long length() {
            return ENTRY_OVERHEAD
                    + fields.stream().mapToLong(field -> field.length).sum();
        }

        void reply(Replies replies) throws IOException {
            replies.array(2);
            Words.reply(replies, id.toString());
            replies.array(fields.size());
            for (byte[] field : fields) {
                replies.value(field);
            }
        }
    }

    /** The stream of that name; {@code null} if there is none. */
    static ChangeStream of(byte[] key) {
        int length = NAME.length;
        if (Arrays.equals(key, NAME)) {
            return new ChangeStream(key, new byte[0]);
        }
        boolean isOfPrefix =
                key.length > length && key[length] == SEPARATOR && Arrays.equals(key, 0, length, NAME, 0, length);
        return isOfPrefix ? new ChangeStream(key, Arrays.copyOfRange(key, length + 1, key.length)) : null;
    }

    /** The key by which the client calls it. */
    byte[] key() {
        return key;
    }

    /** Whether it leaves out the changes of some keys. */
    boolean isFiltered() {
        return prefix.length > 0;
    }

    /** Its changes from the earliest on that is kept. */
    Changes changes(Poro poro) {
        return poro.changes().prefix(prefix);
    }

    /** A feed of what comes after an ID; 0-0 is before the earliest change that is kept. */
    ChangeFeed after(Poro poro, ChangeId id) {
        Changes changes = changes(poro);
        if (id.sequence() > 0) {
            changes.after(id.sequence(), id.index(), branchOf(id, changes));
        }
        return changes.open();
    }

    /**
     * Fails if an ID is that of a change of another branch.
     *
     * @throws dev.poro.engine.PositionLostException if it is
     */
    static void requireOwn(Poro poro, ChangeId id) {
        if (id.sequence() > 0) {
            Changes changes = poro.changes();
            changes.after(id.sequence(), id.index(), branchOf(id, changes));
        }
    }

    private static int branchOf(ChangeId id, Changes changes) {
        return id.branch() == ChangeId.ANY_BRANCH ? changes.branch(id.sequence()) : id.branch();
    }

    /** The entry of a change. */
    Entry entry(Poro poro, Change change) {
        List<byte[]> fields = new ArrayList<>();
        add(fields, OP, Words.bytes(opOf(change.kind())));
        if (change.kind() != Change.Kind.CLEARED) {
            add(fields, KEY, change.key());
        }
        if (change.value() != null) {
            add(fields, VALUE, change.value());
        }
        if (change.expiry() != null) {
            add(fields, EXPIRES, Words.bytes(Long.toString(change.expiry().toEpochMilli())));
        }
        byte[] old = change.previous() == 0 ? null : poro.changes().valueBefore(change);
        if (old != null) {
            add(fields, OLD, old);
        }
        if (change.token() != null) {
            String token = change.token().client() + " " + change.token().number();
            add(fields, TOKEN, Words.bytes(token));
        }
        add(fields, TIME, Words.bytes(Long.toString(change.wallTime().toEpochMilli())));
        return new Entry(ChangeId.of(change, poro.changes()), fields);
    }

    /** An entry that says how far the feed is, though it has nothing for the client. */
    static Entry position(Poro poro, ChangeFeed feed) {
        List<byte[]> fields = new ArrayList<>();
        add(fields, OP, Words.bytes("position"));
        return new Entry(ChangeId.of(feed.position(), poro.changes()), fields);
    }

    private static String opOf(Change.Kind kind) {
        return kind == Change.Kind.DELETE ? "del" : kind.name().toLowerCase(Locale.ROOT);
    }

    private static void add(List<byte[]> fields, byte[] name, byte[] value) {
        fields.add(name);
        fields.add(value);
    }
}
