package dev.poro.command;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** What COMMAND INFO says about a command; the names are those of Redis. */
public enum CommandFlag {
    /** May change keys. */
    WRITE,
    /** Reads keys and changes none. */
    READONLY,
    /** Needs memory, and is refused while there is none. */
    DENYOOM,
    /** For an operator. */
    ADMIN,
    /** Has to do with publish and subscribe. */
    PUBSUB,
    /** Not for scripts. */
    NOSCRIPT,
    /** May keep its client waiting. */
    BLOCKING,
    /** Also while a server loads its data. */
    LOADING,
    /** Also on a server whose data is old. */
    STALE,
    /** Takes a time that does not depend on how much there is. */
    FAST,
    /** Also before the client is authenticated. */
    NO_AUTH,
    /** Not in a transaction. */
    NO_MULTI,
    /** Not shown to MONITOR. */
    SKIP_MONITOR,
    /** Not listed as slow. */
    SKIP_SLOWLOG,
    /** Not while data is loaded in the background. */
    NO_ASYNC_LOADING,
    /** Also while a script runs for too long. */
    ALLOW_BUSY;

    /** As Redis writes it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @param names in lower case, with blanks between them; or nothing */
    static Set<CommandFlag> parse(String names) {
        Set<CommandFlag> flags = EnumSet.noneOf(CommandFlag.class);
        if (!names.isEmpty()) {
            Arrays.stream(names.split(" ", -1))
                    .map(name -> valueOf(name.toUpperCase(Locale.ROOT)))
                    .forEach(flags::add);
        }
        return flags;
    }
}
