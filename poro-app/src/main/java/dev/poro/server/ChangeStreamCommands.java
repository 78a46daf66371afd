package dev.poro.server;

import dev.poro.command.Command;
import dev.poro.command.Replies;
import dev.poro.engine.Poro;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The commands that read the changes of the store as a stream, see {@link ChangeStream}, and those of streams that are
 * refused.
 */
final class ChangeStreamCommands {
    /** They read from the disk, so they run on a worker. */
    static final Set<String> READING = Set.of("XREAD", "XRANGE", "XREVRANGE", "XLEN", "XINFO");

    /** As many streams as one XREAD may have: each is a file that is open. */
    private static final int MOST_STREAMS = 16;

    private static final String NO_CHANGES = "the store keeps no changes: start it with --changes HISTORY, or open it"
            + " with PoroBuilder.changes(...)";
    private static final String NO_STREAM =
            "no such stream: there are poro:changes and poro:changes:PREFIX, which show what the store does";
    private static final String NO_ID = "Invalid stream ID specified as stream command argument";
    private static final String NO_INTEGER = "value is not an integer or out of range";
    private static final String SYNTAX = "syntax error";
    private static final String GROUP = "stream";
    private static final String SINCE = "5.0.0";
    private static final String READ_FLAGS = "readonly";

    static final Subcommands XINFO = new Subcommands(
            "XINFO",
            List.of(
                    Command.of("STREAM", "key [option ...]", "Show facts about a stream.", ChangeStreamCommands::info),
                    Command.of("GROUPS", "key", "Show the consumer groups: none.", ChangeStreamCommands::groups),
                    Command.of(
                            "CONSUMERS",
                            "key group",
                            "An error, because there are no consumer groups.",
                            ChangeStreamCommands::consumers)));

    static final List<Command<ClientSession>> ALL = all();

    private ChangeStreamCommands() {}

    private static List<Command<ClientSession>> all() {
        List<Command<ClientSession>> all = new ArrayList<>();
        all.add(Command.<ClientSession>of(
                        "XREAD",
                        "STREAMS stream id [COUNT count] [BLOCK milliseconds]",
                        "Show the changes after an ID, and wait for them if BLOCK says so:"
                                + " XREAD [COUNT n] [BLOCK ms] STREAMS poro:changes 0.",
                        ChangeStreamCommands::read)
                .described(GROUP, SINCE, "readonly blocking"));
        all.add(Command.<ClientSession>of(
                        "XRANGE",
                        "key start end [COUNT count]",
                        "Show the changes from an ID to another one; - and + are the first and the last.",
                        (session, words) -> range(session, words, false))
                .described(GROUP, SINCE, READ_FLAGS));
        all.add(Command.<ClientSession>of(
                        "XREVRANGE",
                        "key end start [COUNT count]",
                        "Show the changes from an ID back to an earlier one.",
                        (session, words) -> range(session, words, true))
                .described(GROUP, SINCE, READ_FLAGS));
        all.add(Command.<ClientSession>of(
                        "XLEN",
                        "key",
                        "Show how many changes there are. Reads all of them.",
                        ChangeStreamCommands::length)
                .described(GROUP, SINCE, READ_FLAGS));
        all.add(XINFO.asCommand("Show facts about a stream, see XINFO HELP.", GROUP, SINCE, READ_FLAGS));
        refuse(all, "XADD", "key id field value [argument ...]");
        refuse(all, "XDEL", "key id [id ...]");
        refuse(all, "XTRIM", "key strategy threshold [argument ...]");
        refuse(all, "XSETID", "key id [argument ...]");
        refuse(all, "XGROUP", "subcommand [argument ...]");
        refuse(all, "XREADGROUP", "GROUP group consumer STREAMS stream id [argument ...]");
        refuse(all, "XACK", "key group id [id ...]");
        refuse(all, "XCLAIM", "key group consumer time id [argument ...]");
        refuse(all, "XAUTOCLAIM", "key group consumer time start [argument ...]");
        refuse(all, "XPENDING", "key group [argument ...]");
        return List.copyOf(all);
    }

    private static void refuse(List<Command<ClientSession>> all, String name, String arguments) {
        all.add(Command.<ClientSession>of(
                        name,
                        arguments,
                        "Refused: the streams of Poro can only be read, and have no consumer groups.",
                        (session, words) -> session.replies()
                                .error(name + " is not supported: the streams poro:changes and poro:changes:PREFIX can"
                                        + " only be read, by XREAD, XRANGE and XREVRANGE, and there are no others"))
                .described(GROUP, SINCE, ""));
    }

    /** The stream of that name; {@code null}, and the error is replied, if there is none. */
    private static ChangeStream stream(ClientSession session, byte[] key) throws IOException {
        ChangeStream stream = ChangeStream.of(key);
        if (stream == null) {
            session.replies().error(NO_STREAM);
            return null;
        }
        if (!session.server().poro().keepsChanges()) {
            session.replies().error(NO_CHANGES);
            return null;
        }
        return stream;
    }

    private static void read(ClientSession session, List<byte[]> words) throws IOException {
        int count = ChangeReads.MOST_ENTRIES;
        long block = -1;
        int at = 1;
        for (; at + 1 < words.size() && !Words.is(words.get(at), "STREAMS"); at += 2) {
            long number = Words.number(words.get(at + 1));
            if (Words.is(words.get(at), "COUNT")) {
                if (number == DecimalBytes.INVALID) {
                    session.replies().error(NO_INTEGER);
                    return;
                }
                count = number <= 0 ? ChangeReads.MOST_ENTRIES : (int) Math.min(number, Integer.MAX_VALUE);
            } else if (Words.is(words.get(at), "BLOCK")) {
                if (number < 0) {
                    boolean isNumber = number != DecimalBytes.INVALID;
                    session.replies()
                            .error(isNumber ? "timeout is negative" : "timeout is not an integer or out of range");
                    return;
                }
                block = number;
            } else {
                session.replies().error(SYNTAX);
                return;
            }
        }
        int names = words.size() - at - 1;
        if (names < 2 || !Words.is(words.get(at), "STREAMS")) {
            session.replies().error(SYNTAX);
        } else if (names % 2 != 0) {
            session.replies()
                    .error("Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be specified.");
        } else if (names / 2 > MOST_STREAMS) {
            session.replies().error("XREAD of " + names / 2 + " streams: the limit is " + MOST_STREAMS);
        } else {
            read(session, words.subList(at + 1, words.size()), count, block);
        }
    }

    /** @param named the keys, and then as many IDs */
    private static void read(ClientSession session, List<byte[]> named, int count, long block) throws IOException {
        List<ChangeStream> streams = new ArrayList<>();
        List<ChangeId> after = new ArrayList<>();
        int half = named.size() / 2;
        for (int i = 0; i < half; i++) {
            ChangeStream stream = stream(session, named.get(i));
            if (stream == null) {
                return;
            }
            String text = Words.text(named.get(half + i));
            ChangeId id = ChangeId.parse(text, 0);
            if (id == null && !text.equals("$")) {
                session.replies().error(NO_ID);
                return;
            }
            streams.add(stream);
            after.add(id);
        }
        session.changeReads().run(new ChangeReads.Request(streams, after, count, block));
    }

    private static void range(ClientSession session, List<byte[]> words, boolean isReverse) throws IOException {
        long count = Long.MAX_VALUE;
        if (words.size() > 4) {
            if (words.size() != 6 || !Words.is(words.get(4), "COUNT")) {
                session.replies().error(SYNTAX);
                return;
            }
            count = Words.number(words.get(5));
            if (count == DecimalBytes.INVALID) {
                session.replies().error(NO_INTEGER);
                return;
            }
        }
        ChangeStream stream = stream(session, words.get(1));
        if (stream == null) {
            return;
        }
        ChangeRange.Bounds bounds =
                ChangeRange.Bounds.parse(words.get(isReverse ? 3 : 2), words.get(isReverse ? 2 : 3));
        if (bounds == null) {
            session.replies().error(NO_ID);
        } else if (count <= 0) {
            session.replies().noArray();
        } else {
            reply(session, new ChangeRange(session, stream, bounds, count), isReverse);
        }
    }

    private static void reply(ClientSession session, ChangeRange range, boolean isReverse) throws IOException {
        List<ChangeStream.Entry> entries = isReverse ? range.lastOnes() : range.firstOnes();
        if (entries == null) {
            session.replies()
                    .error("the reply would be longer than the limit of " + session.maxReplyLength()
                            + " bytes: give a COUNT");
            return;
        }
        session.replies().array(entries.size());
        for (ChangeStream.Entry entry : entries) {
            entry.reply(session.replies());
        }
    }

    private static void length(ClientSession session, List<byte[]> words) throws IOException {
        ChangeStream stream = stream(session, words.get(1));
        if (stream != null) {
            session.replies().integer(stream.changes(session.server().poro()).count());
        }
    }

    private static void info(ClientSession session, List<byte[]> words) throws IOException {
        if (words.size() > 2) {
            session.replies().error("XINFO STREAM takes no options here");
            return;
        }
        ChangeStream stream = stream(session, words.get(1));
        if (stream == null) {
            return;
        }
        Poro poro = session.server().poro();
        ChangeRange.Bounds all = ChangeRange.Bounds.ALL;
        long length = stream.changes(poro).count();
        List<ChangeStream.Entry> first = new ChangeRange(session, stream, all, 1).firstOnes();
        List<ChangeStream.Entry> last = new ChangeRange(session, stream, all, 1).lastOnes();
        long base = poro.changes().earliest() - 1;
        Replies replies = session.replies();
        replies.map(10);
        fact(replies, "length", length);
        fact(replies, "radix-tree-keys", 0);
        fact(replies, "radix-tree-nodes", 0);
        fact(replies, "last-generated-id", ChangeId.of(poro.changes().now(), poro.changes()));
        fact(
                replies,
                "max-deleted-entry-id",
                base == 0
                        ? ChangeId.FIRST
                        : new ChangeId(base, Integer.MAX_VALUE, poro.changes().branch(base)));
        fact(replies, "entries-added", length);
        fact(
                replies,
                "recorded-first-entry-id",
                first.isEmpty() ? ChangeId.FIRST : first.get(0).id());
        fact(replies, "groups", 0);
        entry(replies, "first-entry", first);
        entry(replies, "last-entry", last);
    }

    private static void fact(Replies replies, String name, long number) throws IOException {
        Words.reply(replies, name);
        replies.integer(number);
    }

    private static void fact(Replies replies, String name, ChangeId id) throws IOException {
        Words.reply(replies, name);
        Words.reply(replies, id.toString());
    }

    private static void entry(Replies replies, String name, List<ChangeStream.Entry> entries) throws IOException {
        Words.reply(replies, name);
        if (entries.isEmpty()) {
            replies.value(null);
        } else {
            entries.get(0).reply(replies);
        }
    }

    private static void groups(ClientSession session, List<byte[]> words) throws IOException {
        if (stream(session, words.get(1)) != null) {
            session.replies().array(0);
        }
    }

    private static void consumers(ClientSession session, List<byte[]> words) throws IOException {
        if (stream(session, words.get(1)) != null) {
            session.replies()
                    .error("NOGROUP", "No such consumer group '" + Words.text(words.get(2)) + "' for this stream");
        }
    }
}
