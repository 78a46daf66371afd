package dev.poro.command;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * What programs ask about a command, besides its name and arguments. Immutable.
 *
 * @param group as in Redis' documentation: {@code string}, {@code generic}, {@code server} and so on
 * @param since the version of Redis that had it first, or of Poro
 * @param flags in the order of {@link CommandFlag}
 * @param check what is wrong with the words, for what is to be known before the command is queued; {@code null} if
 *     nothing is
 */
record CommandFacts(String group, String since, Set<CommandFlag> flags, Function<List<byte[]>, String> check) {
    /** Of a command about which nothing was said. */
    static final CommandFacts NONE = of("generic", "1.0.0", "");

    CommandFacts {
        flags = Collections.unmodifiableSet(
                flags.isEmpty() ? EnumSet.noneOf(CommandFlag.class) : EnumSet.copyOf(flags));
    }

    static CommandFacts of(String group, String since, String flags) {
        return new CommandFacts(group, since, CommandFlag.parse(flags), words -> null);
    }

    CommandFacts checkedBy(Function<List<byte[]>, String> newCheck) {
        return new CommandFacts(group, since, flags, newCheck);
    }

    CommandFacts and(CommandFlag flag) {
        Set<CommandFlag> more = EnumSet.of(flag);
        more.addAll(flags);
        return new CommandFacts(group, since, more, check);
    }

    /** The categories of access control, which follow from the rest as they do in Redis. */
    List<String> categories(String name) {
        List<String> all = new ArrayList<>();
        boolean isWait = Set.of("WAIT", "WAITAOF").contains(name);
        boolean isOnKeys = group.equals("generic")
                || Set.of("DBSIZE", "FLUSHDB", "FLUSHALL").contains(name);
        addIf(all, isOnKeys && !isWait, "@keyspace");
        addIf(all, flags.contains(CommandFlag.WRITE), "@write");
        addIf(all, flags.contains(CommandFlag.READONLY), "@read");
        addIf(all, group.equals("string"), "@string");
        addIf(all, group.equals("bitmap"), "@bitmap");
        addIf(all, flags.contains(CommandFlag.PUBSUB), "@pubsub");
        boolean isAdmin = flags.contains(CommandFlag.ADMIN) || name.equals("LASTSAVE");
        addIf(all, isAdmin, "@admin");
        addIf(all, flags.contains(CommandFlag.FAST), "@fast");
        addIf(all, !flags.contains(CommandFlag.FAST), "@slow");
        addIf(all, flags.contains(CommandFlag.BLOCKING), "@blocking");
        boolean isDangerous =
                isAdmin || Set.of("KEYS", "FLUSHDB", "FLUSHALL", "INFO", "SORT").contains(name);
        addIf(all, isDangerous, "@dangerous");
        addIf(all, isWait || group.equals("connection"), "@connection");
        addIf(all, group.equals("transactions"), "@transaction");
        return all;
    }

    private static void addIf(List<String> all, boolean condition, String category) {
        if (condition) {
            all.add(category);
        }
    }
}
