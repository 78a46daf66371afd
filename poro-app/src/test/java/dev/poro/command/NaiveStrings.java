package dev.poro.command;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the commands on strings do, written again and as simply as possible, with nothing of Poro's: a map of keys to
 * values and expiries, in which each character is a byte. An error is an error here, whatever it says; the words are
 * compared with a real Redis.
 *
 * <p>Where a reply may be one of several, it says which.
 */
final class NaiveStrings {
    /** Of a key that does not expire. */
    static final long NEVER = Long.MAX_VALUE;

    /** As Redis counts them: with the name; negative if there may be more. */
    private static final Map<String, Integer> ARITIES = aritiesOf("""
            GET 2, SET -3, SETNX 3, SETEX 4, PSETEX 4, GETSET 3, GETDEL 2, GETEX -2, MGET -2, MSET -3, MSETNX -3,
            APPEND 3, STRLEN 2, GETRANGE 4, SUBSTR 4, SETRANGE 4, GETBIT 3, SETBIT 4, BITCOUNT -2, LCS -3, INCR 2,
            DECR 2, INCRBY 3, DECRBY 3, INCRBYFLOAT 3, DEL -2, DELETE -2, UNLINK -2, EXISTS -2, TOUCH -2, TYPE 2,
            KEYS 2, SCAN -2, DBSIZE 1, RANDOMKEY 1, RENAME 3, RENAMENX 3, COPY -3, FLUSHDB -1, FLUSHALL -1,
            OBJECT -2, MEMORY -2, DUMP 2, EXPIRE -3, PEXPIRE -3, EXPIREAT -3, PEXPIREAT -3, TTL 2, PTTL 2,
            EXPIRETIME 2, PEXPIRETIME 2, PERSIST 2, MULTI 1, EXEC 1, DISCARD 1, WATCH -2, UNWATCH 1, PING -1, ECHO 2,
            TIME 1, SNAPSHOT 1, SAVE 1, WAIT 3, PORO.SEQ 2
            """);

    private static final String OK = "+OK";
    private static final String NIL = "nil";

    /** A value and when it expires. */
    record Value(String bytes, long expiry) {}

    /** Some part of a reply that may be one of several. */
    interface Reply {
        /** Takes it from the tokens of a reply, from this one on; returns where the next part begins, or -1. */
        int take(List<String> tokens, int at);
    }

    /** Any error. */
    static final Reply ERROR = new Reply() {
        @Override
        public int take(List<String> tokens, int at) {
            return at < tokens.size() && tokens.get(at).startsWith("-") ? at + 1 : -1;
        }

        @Override
        public String toString() {
            return "an error";
        }
    };

    /** A number from one to another. */
    record Between(long least, long most) implements Reply {
        @Override
        public int take(List<String> tokens, int at) {
            if (at >= tokens.size() || !tokens.get(at).matches(":-?\\d+")) {
                return -1;
            }
            long number = Long.parseLong(tokens.get(at).substring(1));
            return number >= least && number <= most ? at + 1 : -1;
        }
    }

    /** A value that is one of these. */
    record OneOf(Set<String> values) implements Reply {
        @Override
        public int take(List<String> tokens, int at) {
            return at < tokens.size() && values.contains(tokens.get(at)) ? at + 1 : -1;
        }
    }

    /** An array of different keys in any order: all of these, or some. */
    record Keys(Set<String> keys, boolean all) implements Reply {
        @Override
        public int take(List<String> tokens, int at) {
            if (at >= tokens.size() || !tokens.get(at).startsWith("*")) {
                return -1;
            }
            int count = Integer.parseInt(tokens.get(at).substring(1));
            Set<String> found = new HashSet<>();
            for (String token : tokens.subList(at + 1, Math.min(tokens.size(), at + 1 + count))) {
                found.add(token.substring(1));
            }
            boolean isRight = found.size() == count && (all ? found.equals(keys) : keys.containsAll(found));
            return isRight ? at + 1 + count : -1;
        }
    }

    /** A cursor, which means nothing to others. */
    private static final Reply CURSOR =
            (tokens, at) -> at < tokens.size() && tokens.get(at).matches("\\$\\d+") ? at + 1 : -1;

    /** Lines of help. */
    private static final Reply HELP = (tokens, at) -> {
        int count =
                tokens.get(at).startsWith("*") ? Integer.parseInt(tokens.get(at).substring(1)) : -1;
        boolean isHelp = tokens.subList(at + 1, at + 1 + count).stream().allMatch(line -> line.startsWith("+"));
        return isHelp ? at + 1 + count : -1;
    };

    /** What MULTI and WATCH have begun for one client. */
    static final class Client {
        /** {@code null} without MULTI. */
        private List<List<String>> queue;

        private boolean hasFailed;
        private final Map<String, Watched> watched = new HashMap<>();

        boolean isInTransaction() {
            return queue != null;
        }

        private void end() {
            queue = null;
            hasFailed = false;
            watched.clear();
        }
    }

    private record Watched(long version, boolean wasThere) {}

    /** Thrown where a command is wrong. */
    private static final class Wrong extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Wrong() {
            super(null, null, false, false);
        }
    }

    private final int maxLength;
    /** Some may have expired. */
    private Map<String, Value> entries = new TreeMap<>();
    /** The command that changed a key last, counted from 1, removal included. */
    private Map<String, Long> versions = new HashMap<>();

    private long commands;
    private long now;
    private boolean isInExec;
    private int expiredAtFirst;

    /** @param maxLength of a value */
    NaiveStrings(int maxLength) {
        this.maxLength = maxLength;
    }

    private static Map<String, Integer> aritiesOf(String text) {
        Map<String, Integer> arities = new HashMap<>();
        for (String each : text.strip().split(",\\s*", -1)) {
            String[] parts = each.split(" ", -1);
            arities.put(parts[0], Integer.valueOf(parts[1]));
        }
        return arities;
    }

    static boolean knows(String command) {
        return ARITIES.containsKey(command);
    }

    /** What there is after some number of commands. */
    record State(long commands, Map<String, Value> entries, Map<String, Long> versions) {
        /** What is there at that time. */
        Map<String, Value> contents(long time) {
            Map<String, Value> contents = new TreeMap<>(entries);
            contents.values().removeIf(value -> value.expiry() <= time);
            return contents;
        }
    }

    /** What there is now. */
    State state() {
        return new State(commands, new TreeMap<>(entries), new HashMap<>(versions));
    }

    /** Goes on from a state, without MULTI and WATCH of any client. */
    void restore(State state) {
        commands = state.commands();
        entries = new TreeMap<>(state.entries());
        versions = new HashMap<>(state.versions());
    }

    private Map<String, Value> contents(long time) {
        return state().contents(time);
    }

    /** The command that changed a key last, counted from 1; 0 if none did. */
    long changedBy(String key) {
        return versions.getOrDefault(key, 0L);
    }

    /**
     * Runs a command at a time.
     *
     * @return the tokens of the reply, see {@link RespTokens}, or a {@link Reply} for some of them
     */
    List<Object> run(Client client, List<String> words, long time) {
        commands++;
        now = time;
        String name = upper(words.get(0));
        if (!isRightlyCounted(name, words)
                || (client.isInTransaction() && Set.of("SAVE", "SNAPSHOT").contains(name))) {
            client.hasFailed = client.isInTransaction();
            if (name.equals("EXEC")) {
                client.end();
            }
            return List.of(ERROR);
        }
        switch (name) {
            case "MULTI":
                return multi(client);
            case "EXEC":
                return exec(client);
            case "DISCARD":
                boolean isOpen = client.isInTransaction();
                if (isOpen) {
                    client.end();
                }
                return List.of(isOpen ? OK : ERROR);
            case "WATCH":
                return watch(client, words);
            default:
                if (client.isInTransaction()) {
                    client.queue.add(words);
                    return List.of("+QUEUED");
                }
                return runNow(client, words);
        }
    }

    private static boolean isRightlyCounted(String name, List<String> words) {
        int arity = ARITIES.get(name);
        if (arity >= 0 ? words.size() != arity : words.size() < -arity) {
            return false;
        }
        if (name.equals("OBJECT")) {
            String which = upper(words.get(1));
            return which.equals("HELP")
                    ? words.size() == 2
                    : Set.of("ENCODING", "REFCOUNT", "FREQ", "IDLETIME").contains(which) && words.size() == 3;
        }
        if (name.equals("MEMORY")) {
            String which = upper(words.get(1));
            return which.equals("HELP") ? words.size() == 2 : which.equals("USAGE") && words.size() >= 3;
        }
        return true;
    }

    private static List<Object> multi(Client client) {
        if (client.isInTransaction()) {
            return List.of(ERROR);
        }
        client.queue = new ArrayList<>();
        return List.of(OK);
    }

    private List<Object> watch(Client client, List<String> words) {
        if (client.isInTransaction()) {
            return List.of(ERROR);
        }
        for (String key : words.subList(1, words.size())) {
            client.watched.putIfAbsent(key, new Watched(changedBy(key), isThere(key)));
        }
        return List.of(OK);
    }

    private List<Object> exec(Client client) {
        if (!client.isInTransaction() || client.hasFailed) {
            if (client.isInTransaction()) {
                client.end();
            }
            return List.of(ERROR);
        }
        List<List<String>> queue = client.queue;
        boolean isDisturbed = client.watched.entrySet().stream()
                .anyMatch(each -> each.getValue().version() != changedBy(each.getKey())
                        || (each.getValue().wasThere() && !isThere(each.getKey())));
        client.end();
        if (isDisturbed) {
            return List.of(NIL);
        }
        Set<String> before = contents(now).keySet();
        Map<String, Long> versionsBefore = new HashMap<>(versions);
        expiredAtFirst = entries.size() - before.size();
        isInExec = true;
        List<Object> replies = new ArrayList<>();
        replies.add("*" + queue.size());
        queue.forEach(words -> replies.addAll(runNow(client, words)));
        isInExec = false;
        // What came and went in one step, nobody has seen.
        versions.replaceAll((key, version) ->
                before.contains(key) || isThere(key) ? version : versionsBefore.getOrDefault(key, 0L));
        return replies;
    }

    private List<Object> runNow(Client client, List<String> words) {
        Map<String, Value> before = new TreeMap<>(entries);
        try {
            return act(client, upper(words.get(0)), words);
        } catch (Wrong e) {
            if (!entries.equals(before)) {
                throw new AssertionError("wrong, and yet it has changed something: " + words, e);
            }
            return List.of(ERROR);
        }
    }

    private boolean isThere(String key) {
        Value value = entries.get(key);
        return value != null && value.expiry() > now;
    }

    private String get(String key) {
        return isThere(key) ? entries.get(key).bytes() : null;
    }

    private String getOrEmpty(String key) {
        return isThere(key) ? entries.get(key).bytes() : "";
    }

    private long expiry(String key) {
        return isThere(key) ? entries.get(key).expiry() : NEVER;
    }

    private void put(String key, String value, long expiry) {
        if (value.length() > maxLength) {
            throw new Wrong();
        }
        if (expiry <= now) {
            remove(key);
        } else {
            entries.put(key, new Value(value, expiry));
            versions.put(key, commands);
        }
    }

    private boolean remove(String key) {
        boolean wasThere = isThere(key);
        if (wasThere) {
            entries.remove(key);
            versions.put(key, commands);
        }
        return wasThere;
    }

    private static Object bulk(String value) {
        return value == null ? NIL : "$" + value;
    }

    private static String number(long number) {
        return ":" + number;
    }

    private static String number(boolean isDone) {
        return isDone ? ":1" : ":0";
    }

    private static String upper(String word) {
        return word.toUpperCase(Locale.ROOT);
    }

    private static long integer(String text) {
        if (!text.matches("0|-?[1-9][0-9]{0,18}")) {
            throw new Wrong();
        }
        BigInteger number = new BigInteger(text);
        require(number.bitLength() < Long.SIZE);
        return number.longValue();
    }

    private static void require(boolean condition) {
        if (!condition) {
            throw new Wrong();
        }
    }

    private List<Object> act(Client client, String name, List<String> words) {
        String key = words.size() > 1 ? words.get(1) : "";
        switch (name) {
            case "GET":
                return List.of(bulk(get(key)));
            case "SET":
                return List.of(set(words));
            case "SETNX":
                boolean isNew = !isThere(key);
                if (isNew) {
                    put(key, words.get(2), NEVER);
                }
                return List.of(number(isNew));
            case "SETEX":
            case "PSETEX":
                put(key, words.get(3), expiryAt(name.equals("SETEX") ? "EX" : "PX", words.get(2)));
                return List.of(OK);
            case "GETSET":
                Object replaced = bulk(get(key));
                put(key, words.get(2), NEVER);
                return List.of(replaced);
            case "GETDEL":
                Object removed = bulk(get(key));
                remove(key);
                return List.of(removed);
            case "GETEX":
                return List.of(getex(words));
            case "MGET":
                List<Object> values = new ArrayList<>();
                values.add("*" + (words.size() - 1));
                words.subList(1, words.size()).forEach(each -> values.add(bulk(get(each))));
                return values;
            case "MSET":
            case "MSETNX":
                return List.of(mset(words, name.equals("MSETNX")));
            case "APPEND":
                put(key, getOrEmpty(key) + words.get(2), expiry(key));
                return List.of(number(get(key).length()));
            case "STRLEN":
                return List.of(number(getOrEmpty(key).length()));
            case "GETRANGE":
            case "SUBSTR":
                return List.of(getrange(getOrEmpty(key), integer(words.get(2)), integer(words.get(3))));
            case "SETRANGE":
                return List.of(setrange(key, integer(words.get(2)), words.get(3)));
            case "GETBIT":
                return List.of(number(bit(getOrEmpty(key), bitOffset(words.get(2)))));
            case "SETBIT":
                return List.of(setbit(words));
            case "BITCOUNT":
                return List.of(bitcount(words));
            case "LCS":
                return lcs(words);
            case "INCR":
                return List.of(add(key, BigInteger.ONE));
            case "DECR":
                return List.of(add(key, BigInteger.ONE.negate()));
            case "INCRBY":
                return List.of(add(key, BigInteger.valueOf(integer(words.get(2)))));
            case "DECRBY":
                require(integer(words.get(2)) != Long.MIN_VALUE);
                return List.of(add(key, BigInteger.valueOf(-integer(words.get(2)))));
            case "INCRBYFLOAT":
                return List.of(addFloat(key, words.get(2)));
            default:
                return actOnKeys(client, name, key, words);
        }
    }

    private List<Object> actOnKeys(Client client, String name, String key, List<String> words) {
        List<String> keys = words.subList(1, words.size());
        switch (name) {
            case "DEL":
            case "DELETE":
            case "UNLINK":
                return List.of(number(keys.stream().filter(this::remove).count()));
            case "EXISTS":
            case "TOUCH":
                return List.of(number(keys.stream().filter(this::isThere).count()));
            case "TYPE":
                return List.of(isThere(key) ? "+string" : "+none");
            case "KEYS":
                return List.of(new Keys(matching(key), true));
            case "SCAN":
                return scan(words);
            case "DBSIZE":
                int expired = isInExec ? expiredAtFirst : 0;
                return List.of(new Between(contents(now).size(), entries.size() + expired));
            case "RANDOMKEY":
                Set<String> any = new HashSet<>();
                contents(now).keySet().forEach(each -> any.add("$" + each));
                return List.of(any.isEmpty() ? NIL : new OneOf(any));
            case "RENAME":
            case "RENAMENX":
                return List.of(rename(key, words.get(2), name.equals("RENAME")));
            case "COPY":
                return List.of(copy(words));
            case "FLUSHDB":
            case "FLUSHALL":
                require(words.size() == 1
                        || (words.size() == 2 && Set.of("ASYNC", "SYNC").contains(upper(key))));
                contents(now).keySet().forEach(this::remove);
                entries.clear();
                return List.of(OK);
            case "OBJECT":
                return List.of(object(words));
            case "MEMORY":
                return List.of(memory(words));
            case "EXPIRE":
            case "PEXPIRE":
            case "EXPIREAT":
            case "PEXPIREAT":
                return List.of(expire(words));
            case "TTL":
                return List.of(remaining(key, false, 1_000));
            case "PTTL":
                return List.of(remaining(key, false, 1));
            case "EXPIRETIME":
                return List.of(remaining(key, true, 1_000));
            case "PEXPIRETIME":
                return List.of(remaining(key, true, 1));
            case "PERSIST":
                boolean expires = isThere(key) && expiry(key) != NEVER;
                if (expires) {
                    put(key, get(key), NEVER);
                }
                return List.of(number(expires));
            default:
                return actOnNothing(client, name, words);
        }
    }

    private List<Object> actOnNothing(Client client, String name, List<String> words) {
        switch (name) {
            case "UNWATCH":
                client.watched.clear();
                return List.of(OK);
            case "PING":
                require(words.size() <= 2);
                return List.of(words.size() == 1 ? "+PONG" : bulk(words.get(1)));
            case "ECHO":
                return List.of(bulk(words.get(1)));
            case "TIME":
                return List.of("*2", bulk(Long.toString(now / 1_000)), bulk(Long.toString(now % 1_000 * 1_000)));
            case "SNAPSHOT":
                return List.of(new Between(1, Long.MAX_VALUE));
            case "SAVE":
                return List.of(OK);
            case "WAIT":
                integer(words.get(1));
                require(integer(words.get(2)) >= 0);
                return List.of(number(0));
            case "PORO.SEQ": // which the test knows better
                long least = isThere(words.get(1)) ? 1 : 0; // in a transaction, it is the one before that
                return List.of(isInExec ? new Between(0, Long.MAX_VALUE) : new Between(least, least * Long.MAX_VALUE));
            case "DUMP":
                throw new Wrong();
            default:
                throw new AssertionError("unknown command " + name);
        }
    }

    /** The time that an option such as EX gives. */
    private long expiryAt(String option, String text) {
        long count = integer(text);
        require(count > 0);
        BigInteger unit = BigInteger.valueOf(option.startsWith("EX") ? 1_000 : 1);
        BigInteger time = BigInteger.valueOf(count).multiply(unit);
        if (!option.endsWith("AT")) {
            time = time.add(BigInteger.valueOf(now));
        }
        require(time.bitLength() < Long.SIZE);
        return Math.min(time.longValue(), NEVER - 1);
    }

    private Object set(List<String> words) {
        String condition = null;
        String expected = null;
        String time = null;
        String count = null;
        boolean shows = false;
        for (int i = 3; i < words.size(); i++) {
            String option = upper(words.get(i));
            switch (option) {
                case "NX", "XX", "IFEQ" -> {
                    require(condition == null || condition.equals(option));
                    condition = option;
                    if (option.equals("IFEQ")) {
                        require(++i < words.size());
                        expected = words.get(i);
                    }
                }
                case "GET" -> shows = true;
                case "EX", "PX", "EXAT", "PXAT", "KEEPTTL" -> {
                    require(time == null || time.equals(option));
                    time = option;
                    if (!option.equals("KEEPTTL")) {
                        require(++i < words.size());
                        count = words.get(i);
                    }
                }
                default -> throw new Wrong();
            }
        }
        String key = words.get(1);
        String before = get(key);
        boolean keeps = "KEEPTTL".equals(time);
        long expiry = keeps ? expiry(key) : time == null ? NEVER : expiryAt(time, count);
        boolean isMet = condition == null
                || switch (condition) {
                    case "NX" -> before == null;
                    case "XX" -> before != null;
                    default -> expected.equals(before);
                };
        if (isMet) {
            put(key, words.get(2), expiry);
        }
        if (shows) {
            return bulk(before);
        }
        return isMet ? OK : NIL;
    }

    private Object getex(List<String> words) {
        String time = null;
        String count = null;
        for (int i = 2; i < words.size(); i++) {
            String option = upper(words.get(i));
            require(Set.of("EX", "PX", "EXAT", "PXAT", "PERSIST").contains(option));
            require(time == null || time.equals(option));
            time = option;
            if (!option.equals("PERSIST")) {
                require(++i < words.size());
                count = words.get(i);
            }
        }
        String key = words.get(1);
        String value = get(key);
        if (value != null && time != null) {
            boolean persists = time.equals("PERSIST");
            long expiry = persists ? NEVER : expiryAt(time, count);
            if (!persists || expiry(key) != NEVER) {
                put(key, value, expiry);
            }
        }
        return bulk(value);
    }

    private Object mset(List<String> words, boolean onlyIfAbsent) {
        require(words.size() % 2 == 1);
        for (int i = 1; i < words.size(); i += 2) {
            if (onlyIfAbsent && isThere(words.get(i))) {
                return number(0);
            }
        }
        for (int i = 1; i < words.size(); i += 2) {
            put(words.get(i), words.get(i + 1), NEVER);
        }
        return onlyIfAbsent ? number(1) : OK;
    }

    /** From the first to the last place that are meant, both included; {@code null} if there is nothing between. */
    private static long[] range(long length, long start, long end) {
        if (start < 0 && end < 0 && start > end) {
            return null;
        }
        long first = Math.max(0, start < 0 ? length + start : start);
        long last = Math.max(0, end < 0 ? length + end : end);
        last = Math.min(last, length - 1);
        return first > last ? null : new long[] {first, last};
    }

    private static Object getrange(String value, long start, long end) {
        long[] range = range(value.length(), start, end);
        return bulk(range == null ? "" : value.substring((int) range[0], (int) range[1] + 1));
    }

    private Object setrange(String key, long offset, String bytes) {
        require(offset >= 0);
        String value = getOrEmpty(key);
        if (!bytes.isEmpty()) {
            require(offset + bytes.length() >= 0 && offset + bytes.length() <= maxLength);
            put(key, written(value, (int) offset, bytes), expiry(key));
        }
        return number(getOrEmpty(key).length());
    }

    private static String written(String value, int offset, String bytes) {
        StringBuilder changed = new StringBuilder(value);
        while (changed.length() < offset + bytes.length()) {
            changed.append('\0');
        }
        return changed.replace(offset, offset + bytes.length(), bytes).toString();
    }

    private long bitOffset(String text) {
        long offset = integer(text);
        require(offset >= 0 && offset < maxLength * 8L);
        return offset;
    }

    private static int bit(String value, long offset) {
        int place = (int) (offset / 8);
        return place >= value.length() ? 0 : value.charAt(place) >> (7 - offset % 8) & 1;
    }

    private Object setbit(List<String> words) {
        String key = words.get(1);
        long offset = bitOffset(words.get(2));
        long bit = integer(words.get(3));
        require(bit == 0 || bit == 1);
        String value = getOrEmpty(key);
        int before = bit(value, offset);
        int place = (int) (offset / 8);
        if (bit != before || place >= value.length()) {
            int others = place >= value.length() ? 0 : value.charAt(place) & ~(1 << (7 - offset % 8));
            char changed = (char) (others | bit << (7 - offset % 8));
            put(key, written(value, place, String.valueOf(changed)), expiry(key));
        }
        return number(before);
    }

    private Object bitcount(List<String> words) {
        String value = get(words.get(1));
        if (value == null) {
            return number(0);
        }
        long bits = value.length() * 8L;
        long[] range = {0, bits - 1};
        if (words.size() > 2) {
            require(words.size() == 4 || words.size() == 5);
            long start = integer(words.get(2));
            long end = integer(words.get(3));
            if (start < 0 && end < 0 && start > end) {
                return number(0);
            }
            String unit = words.size() == 4 ? "BYTE" : upper(words.get(4));
            require(unit.equals("BYTE") || unit.equals("BIT"));
            long size = unit.equals("BIT") ? 1 : 8;
            range = range(bits / size, start, end);
            if (range != null) {
                range = new long[] {range[0] * size, range[1] * size + size - 1};
            }
        }
        long count = 0;
        for (long at = range == null ? 1 : range[0]; range != null && at <= range[1]; at++) {
            count += bit(value, at);
        }
        return number(count);
    }

    private List<Object> lcs(List<String> words) {
        boolean showsLength = false;
        boolean showsPlaces = false;
        boolean showsLengths = false;
        long shortest = 0;
        for (int i = 3; i < words.size(); i++) {
            switch (upper(words.get(i))) {
                case "LEN" -> showsLength = true;
                case "IDX" -> showsPlaces = true;
                case "WITHMATCHLEN" -> showsLengths = true;
                case "MINMATCHLEN" -> {
                    require(++i < words.size());
                    shortest = integer(words.get(i));
                }
                default -> throw new Wrong();
            }
        }
        require(!showsLength || !showsPlaces);
        String a = getOrEmpty(words.get(1));
        String b = getOrEmpty(words.get(2));
        int[][] lengths = new int[a.length() + 1][b.length() + 1];
        for (int i = 1; i <= a.length(); i++) {
            for (int j = 1; j <= b.length(); j++) {
                lengths[i][j] = a.charAt(i - 1) == b.charAt(j - 1)
                        ? lengths[i - 1][j - 1] + 1
                        : Math.max(lengths[i - 1][j], lengths[i][j - 1]);
            }
        }
        StringBuilder common = new StringBuilder();
        List<int[]> matches = new ArrayList<>(); // first in a, first in b, length
        int i = a.length();
        int j = b.length();
        while (i > 0 && j > 0) {
            if (a.charAt(i - 1) == b.charAt(j - 1)) {
                i--;
                j--;
                common.insert(0, a.charAt(i));
                int[] last = matches.isEmpty() ? new int[] {-1, -1, 0} : matches.get(matches.size() - 1);
                if (last[0] == i + 1 && last[1] == j + 1) {
                    matches.set(matches.size() - 1, new int[] {i, j, last[2] + 1});
                } else {
                    matches.add(new int[] {i, j, 1});
                }
            } else if (lengths[i - 1][j] > lengths[i][j - 1]) {
                i--;
            } else {
                j--;
            }
        }
        if (!showsPlaces) {
            return List.of(showsLength ? number(common.length()) : bulk(common.toString()));
        }
        List<Object> reply = new ArrayList<>(List.of("*4", "$matches", ""));
        int shown = 0;
        for (int[] match : matches) {
            if (match[2] >= shortest) {
                shown++;
                reply.addAll(
                        List.of(showsLengths ? "*3" : "*2", "*2", number(match[0]), number(match[0] + match[2] - 1L)));
                reply.addAll(List.of("*2", number(match[1]), number(match[1] + match[2] - 1L)));
                if (showsLengths) {
                    reply.add(number(match[2]));
                }
            }
        }
        reply.set(2, "*" + shown);
        reply.addAll(List.of("$len", number(common.length())));
        return reply;
    }

    private Object add(String key, BigInteger delta) {
        BigInteger sum = delta.add(BigInteger.valueOf(isThere(key) ? integer(get(key)) : 0));
        require(sum.bitLength() < Long.SIZE);
        put(key, sum.toString(), expiry(key));
        return number(sum.longValue());
    }

    private Object addFloat(String key, String increment) {
        BigDecimal sum = decimal(isThere(key) ? get(key) : "0").add(decimal(increment));
        if (sum.scale() > 17) {
            sum = sum.setScale(17, RoundingMode.HALF_EVEN);
        }
        String text = sum.signum() == 0 ? "0" : sum.stripTrailingZeros().toPlainString();
        put(key, text, expiry(key));
        return bulk(text);
    }

    private static BigDecimal decimal(String text) {
        require(text.length() <= 5_120 && text.matches("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d{1,3})?"));
        return new BigDecimal(text);
    }

    private Set<String> matching(String pattern) {
        Set<String> keys = new HashSet<>();
        for (String key : contents(now).keySet()) {
            if (matches(pattern, key)) {
                keys.add(key);
            }
        }
        return keys;
    }

    private static boolean matches(String pattern, String key) {
        if (pattern.isEmpty()) {
            return key.isEmpty();
        }
        char first = pattern.charAt(0);
        if (first == '*') {
            return matches(pattern.substring(1), key) || (!key.isEmpty() && matches(pattern, key.substring(1)));
        }
        if (key.isEmpty()) {
            return false;
        }
        if (first == '?') {
            return matches(pattern.substring(1), key.substring(1));
        }
        if (first == '[') {
            int end = pattern.indexOf(']');
            if (end < 0) {
                return false; // in the patterns of the tests there is nothing after it
            }
            String inside = pattern.substring(1, end);
            boolean isNot = inside.startsWith("^");
            String one = inside.replace("^", "");
            char c = key.charAt(0);
            boolean isIn = one.contains("-") ? c >= one.charAt(0) && c <= one.charAt(2) : one.indexOf(c) >= 0;
            return isIn != isNot && matches(pattern.substring(end + 1), key.substring(1));
        }
        String rest = first == '\\' && pattern.length() > 1 ? pattern.substring(1) : pattern;
        return rest.charAt(0) == key.charAt(0) && matches(rest.substring(1), key.substring(1));
    }

    private List<Object> scan(List<String> words) {
        String cursor = words.get(1).replaceFirst("(?s)\0.*", "");
        require(cursor.matches("([+-]?\\d{1,20})?"));
        require(cursor.isEmpty() || new BigInteger(cursor).abs().bitLength() <= Long.SIZE);
        boolean isFirst = cursor.isEmpty() || new BigInteger(cursor).signum() == 0;
        String pattern = "*";
        long count = 10;
        boolean isOfStrings = true;
        for (int i = 2; i < words.size(); i += 2) {
            require(i + 1 < words.size());
            switch (upper(words.get(i))) {
                case "COUNT" -> {
                    count = integer(words.get(i + 1));
                    require(count >= 1);
                }
                case "MATCH" -> pattern = words.get(i + 1);
                case "TYPE" -> isOfStrings = upper(words.get(i + 1)).equals("STRING");
                default -> throw new Wrong();
            }
        }
        Set<String> keys = isOfStrings ? matching(pattern) : Set.of();
        boolean isAll = isFirst && count >= 1_000;
        return List.of("*2", isAll ? "$0" : CURSOR, new Keys(keys, isAll));
    }

    private Object rename(String from, String to, boolean mayReplace) {
        require(isThere(from));
        if (!mayReplace && isThere(to)) {
            return number(0);
        }
        if (!from.equals(to)) {
            Value value = entries.get(from);
            remove(from);
            put(to, value.bytes(), value.expiry());
        }
        return mayReplace ? OK : number(1);
    }

    private Object copy(List<String> words) {
        boolean mayReplace = false;
        for (int i = 3; i < words.size(); i++) {
            if (upper(words.get(i)).equals("REPLACE")) {
                mayReplace = true;
            } else {
                require(upper(words.get(i)).equals("DB") && ++i < words.size() && integer(words.get(i)) == 0);
            }
        }
        String from = words.get(1);
        String to = words.get(2);
        require(!from.equals(to));
        boolean isDone = isThere(from) && (mayReplace || !isThere(to));
        if (isDone) {
            put(to, get(from), expiry(from));
        }
        return number(isDone);
    }

    private Object object(List<String> words) {
        String which = upper(words.get(1));
        if (which.equals("HELP")) {
            return HELP;
        }
        if (!isThere(words.get(2))) {
            return NIL;
        }
        return which.equals("ENCODING") ? "$raw" : which.equals("REFCOUNT") ? number(1) : ERROR;
    }

    private Object memory(List<String> words) {
        if (upper(words.get(1)).equals("HELP")) {
            return HELP;
        }
        for (int i = 3; i < words.size(); i += 2) {
            require(upper(words.get(i)).equals("SAMPLES") && i + 1 < words.size() && integer(words.get(i + 1)) >= 0);
        }
        String value = get(words.get(2));
        return value == null ? NIL : new Between(value.length(), value.length() * 2L + 200);
    }

    private Object expire(List<String> words) {
        String name = upper(words.get(0));
        Set<String> conditions = new HashSet<>();
        words.subList(3, words.size()).forEach(word -> conditions.add(upper(word)));
        require(Set.of("NX", "XX", "GT", "LT").containsAll(conditions));
        require(!conditions.contains("NX") || conditions.size() == 1);
        require(!conditions.containsAll(Set.of("GT", "LT")));
        BigInteger time = BigInteger.valueOf(integer(words.get(2)));
        if (!name.startsWith("P")) {
            time = time.multiply(BigInteger.valueOf(1_000));
        }
        require(time.bitLength() < Long.SIZE);
        if (!name.endsWith("AT")) {
            time = time.add(BigInteger.valueOf(now));
        }
        require(time.bitLength() < Long.SIZE);
        long expiry = Math.min(time.longValue(), NEVER - 1);
        String key = words.get(1);
        long before = expiry(key);
        boolean isMet = isThere(key)
                && (!conditions.contains("NX") || before == NEVER)
                && (!conditions.contains("XX") || before != NEVER)
                && (!conditions.contains("GT") || expiry > before)
                && (!conditions.contains("LT") || expiry < before);
        if (isMet) {
            put(key, get(key), expiry);
        }
        return number(isMet);
    }

    private Object remaining(String key, boolean isTime, long unit) {
        if (!isThere(key)) {
            return number(-2);
        }
        if (expiry(key) == NEVER) {
            return number(-1);
        }
        long millis = isTime ? expiry(key) : expiry(key) - now;
        return number(unit == 1 ? millis : (millis + unit / 2) / unit);
    }
}
