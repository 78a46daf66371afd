package dev.poro.cli;

import dev.poro.engine.Change;
import dev.poro.engine.Entry;

/** How changes are printed: on one line each, as text or as JSON. */
final class ChangeFormat {
    private ChangeFormat() {}

    /**
     * Sequence, time, kind, key, value, expiry, token. The index within a batch, if it is not 0, follows the sequence.
     */
    static String text(Change change) {
        StringBuilder line = new StringBuilder().append(change.sequence());
        if (change.index() > 0) {
            line.append('-').append(change.index());
        }
        line.append(' ')
                .append(Times.format(change.wallTime().toEpochMilli()))
                .append(' ')
                .append(change.kind());
        if (change.kind() != Change.Kind.CLEARED) {
            line.append(' ').append(Quoting.quote(change.key()));
        }
        if (change.value() != null) {
            line.append(' ').append(Quoting.quote(change.value()));
        }
        if (change.expiry() != null) {
            line.append(" expires ").append(Times.format(change.expiry().toEpochMilli()));
        }
        if (change.token() != null) {
            line.append(" token ")
                    .append(change.token().client())
                    .append(' ')
                    .append(change.token().number());
        }
        return line.toString();
    }

    /** {@link #text(Change)}, and the value before if there was one. */
    static String text(Change change, byte[] before) {
        return text(change) + (before == null ? "" : " was " + Quoting.quote(before));
    }

    static JsonObject json(Change change) {
        JsonObject json = new JsonObject()
                .add("sequence", change.sequence())
                .add("index", change.index())
                .addTime("timestamp", change.wallTime().toEpochMilli());
        if (!change.logTime().equals(change.wallTime())) {
            json.addTime("logTime", change.logTime().toEpochMilli());
        }
        json.add("type", change.kind().name());
        if (change.kind() != Change.Kind.CLEARED) {
            json.add("key", change.key());
        }
        if (change.value() != null) {
            json.add("value", change.value());
        }
        if (change.expiry() != null) {
            json.addTime("expiresAt", change.expiry().toEpochMilli());
        }
        if (change.token() != null) {
            json.add("client", change.token().client())
                    .add("number", change.token().number());
        }
        return json.add("previous", change.previous());
    }

    /** {@link #json(Change)}, and the value before, {@code null} if there was none. */
    static JsonObject json(Change change, byte[] before) {
        return before == null
                ? json(change).add("old", (String) null)
                : json(change).add("old", before);
    }

    /** A key that was added, removed or changed between two points; an entry is {@code null} where it was absent. */
    static String textOfDifference(byte[] key, Entry before, Entry after) {
        String quoted = Quoting.quote(key);
        if (before == null) {
            return "+ " + quoted + " " + text(after);
        }
        return after == null
                ? "- " + quoted + " " + text(before)
                : "~ " + quoted + " " + text(before) + " -> " + text(after);
    }

    private static String text(Entry entry) {
        return Quoting.quote(entry.value())
                + entry.expiry()
                        .map(expiry -> " expires " + Times.format(expiry.toEpochMilli()))
                        .orElse("");
    }

    /** {@link #textOfDifference} as JSON. */
    static JsonObject jsonOfDifference(byte[] key, Entry before, Entry after) {
        JsonObject json = new JsonObject()
                .add("change", before == null ? "added" : after == null ? "removed" : "changed")
                .add("key", key);
        if (before != null) {
            json.add("old", before.value());
            before.expiry().ifPresent(expiry -> json.addTime("oldExpiresAt", expiry.toEpochMilli()));
        }
        if (after != null) {
            json.add("value", after.value());
            after.expiry().ifPresent(expiry -> json.addTime("expiresAt", expiry.toEpochMilli()));
        }
        return json;
    }
}
