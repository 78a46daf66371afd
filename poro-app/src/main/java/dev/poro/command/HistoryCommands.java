package dev.poro.command;

import dev.poro.engine.Change;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The commands that show what a key was. */
final class HistoryCommands {
    static final Command<Session> GETAT = Command.<Session>of(
                    "GETAT",
                    "key point",
                    "Show the value that key had at a point: after the event of a sequence (42, or the ID of a change,"
                            + " 42-0), or at a time (2026-11-22T14:45:00Z).",
                    HistoryCommands::getAt)
            .described("poro", "1.0.0", "readonly");

    static final Command<Session> HISTORY = Command.<Session>of(
                    "HISTORY",
                    "key [COUNT count]",
                    "Show the last changes of key, newest first: of each its ID, what happened, the value, and when.",
                    HistoryCommands::history)
            .described("poro", "1.0.0", "readonly");

    private static final int DEFAULT_COUNT = 10;
    private static final Pattern SEQUENCE = Pattern.compile("([0-9]{1,18})(-[0-9]{1,19})?");

    private HistoryCommands() {}

    private static void getAt(Session session, List<byte[]> words) throws IOException {
        byte[] key = words.get(1);
        String point = Arguments.textUpToZero(words.get(2));
        Matcher sequence = SEQUENCE.matcher(point);
        byte[] value;
        try {
            value = sequence.matches()
                    ? session.store().getAt(key, Long.parseLong(sequence.group(1)))
                    : session.store().getAt(key, timeOf(point));
        } catch (IllegalArgumentException e) {
            throw new CommandException(e.getMessage());
        }
        session.replies().value(value);
    }

    private static Instant timeOf(String point) {
        try {
            Instant time = OffsetDateTime.parse(point).toInstant();
            if (time.toEpochMilli() >= 0) {
                return time;
            }
        } catch (DateTimeException | ArithmeticException e) {
            // Said below.
        }
        throw new CommandException("'" + point + "' is neither a sequence such as 42 or 42-0 nor a time such as"
                + " 2026-11-22T14:45:00Z or 2026-11-22T15:45:00+01:00");
    }

    private static void history(Session session, List<byte[]> words) throws IOException {
        Options options = HISTORY.optionsOf(session, words);
        if (options == null) {
            return;
        }
        byte[] count = options.value("COUNT");
        int most = count == null ? DEFAULT_COUNT : (int) Arguments.integer(count, 1, Integer.MAX_VALUE);
        List<Change> changes = session.store().history(words.get(1), most);
        Replies replies = session.replies();
        replies.array(changes.size());
        for (Change change : changes) {
            replies.array(2);
            replies.value(ascii(idOf(change, session.store().branch(change.sequence()))));
            List<byte[]> fields = fieldsOf(change);
            replies.array(fields.size());
            for (byte[] field : fields) {
                replies.value(field);
            }
        }
    }

    /** As the streams of changes show it. */
    private static String idOf(Change change, int branch) {
        return change.sequence() + "-" + ((long) branch << Integer.SIZE | change.index());
    }

    private static List<byte[]> fieldsOf(Change change) {
        List<byte[]> fields = new ArrayList<>();
        fields.add(ascii("op"));
        fields.add(ascii(nameOf(change.kind())));
        if (change.value() != null) {
            fields.add(ascii("value"));
            fields.add(change.value());
        }
        if (change.expiry() != null) {
            fields.add(ascii("expires"));
            fields.add(ascii(Long.toString(change.expiry().toEpochMilli())));
        }
        if (change.token() != null) {
            fields.add(ascii("token"));
            fields.add(ascii(change.token().client() + " " + change.token().number()));
        }
        fields.add(ascii("time"));
        fields.add(ascii(Long.toString(change.wallTime().toEpochMilli())));
        return fields;
    }

    private static String nameOf(Change.Kind kind) {
        return kind == Change.Kind.DELETE ? "del" : kind.name().toLowerCase(Locale.ROOT);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
