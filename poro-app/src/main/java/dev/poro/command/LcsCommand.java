package dev.poro.command;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** LCS, which compares two values. */
final class LcsCommand {
    static final Command<Session> LCS = Command.<Session>of(
                    "LCS",
                    "key1 key2 [LEN] [IDX] [MINMATCHLEN length] [WITHMATCHLEN]",
                    "Show what two values have in common. LEN: how long it is; IDX: where it is, as places of first and"
                            + " last byte.",
                    LcsCommand::lcs)
            .described("string", "7.0.0", "readonly");

    /** What the table of lengths may take, in bytes. Redis allows as much as a value may be long: 512 MiB. */
    private static final long MOST_MEMORY = 64 << 20;

    private static final byte[] NOTHING = {};
    private static final byte[] MATCHES = "matches".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] LENGTH = "len".getBytes(StandardCharsets.US_ASCII);

    private LcsCommand() {}

    /** The options are read one after the other, so that the first mistake is the one that is replied. */
    private static void lcs(Session session, List<byte[]> words) throws IOException {
        boolean showsLength = false;
        boolean showsPlaces = false;
        boolean showsLengths = false;
        long shortest = 0;
        for (int i = 3; i < words.size(); i++) {
            switch (Names.upper(words.get(i))) {
                case "LEN":
                    showsLength = true;
                    break;
                case "IDX":
                    showsPlaces = true;
                    break;
                case "WITHMATCHLEN":
                    showsLengths = true;
                    break;
                case "MINMATCHLEN":
                    i++;
                    if (i == words.size()) {
                        session.replyToSyntaxError(LCS, words);
                        return;
                    }
                    shortest = Arguments.integer(words.get(i));
                    break;
                default:
                    session.replyToSyntaxError(LCS, words);
                    return;
            }
        }
        if (showsLength && showsPlaces) {
            throw new CommandException("If you want both the length and indexes, please just use IDX.");
        }
        CommonSubsequence common = compare(session, words.get(1), words.get(2));
        if (showsPlaces) {
            replyPlaces(session.replies(), common, shortest, showsLengths);
        } else if (showsLength) {
            session.replies().integer(common.length());
        } else {
            session.replies().value(common.bytes());
        }
    }

    private static CommonSubsequence compare(Session session, byte[] one, byte[] other) throws IOException {
        List<byte[]> values = session.store().atomically(view -> List.of(valueOf(view, one), valueOf(view, other)));
        byte[] a = values.get(0);
        byte[] b = values.get(1);
        if (CommonSubsequence.memory(a.length, b.length) > MOST_MEMORY) {
            throw new CommandException("Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
        }
        return new CommonSubsequence(a, b);
    }

    private static byte[] valueOf(CommandStore view, byte[] key) {
        byte[] value = view.get(key);
        return value == null ? NOTHING : value;
    }

    private static void replyPlaces(Replies replies, CommonSubsequence common, long shortest, boolean showsLengths)
            throws IOException {
        List<CommonSubsequence.Match> shown = common.matches().stream()
                .filter(match -> match.length() >= shortest)
                .toList();
        replies.map(2);
        replies.value(MATCHES);
        replies.array(shown.size());
        for (CommonSubsequence.Match match : shown) {
            replies.array(showsLengths ? 3 : 2);
            replyRange(replies, match.inA(), match.length());
            replyRange(replies, match.inB(), match.length());
            if (showsLengths) {
                replies.integer(match.length());
            }
        }
        replies.value(LENGTH);
        replies.integer(common.length());
    }

    private static void replyRange(Replies replies, int first, int length) throws IOException {
        replies.array(2);
        replies.integer(first);
        replies.integer(first + length - 1L);
    }
}
