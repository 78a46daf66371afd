package dev.poro.command;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Commands with arguments that are right, nearly right or wrong, the same ones for the same seed. */
final class RandomCommands {
    private static final String[] KEYS = {"a", "b", "c", "d", "number", "float", "", "\0\u00ff\r\n", "user:1", "user:2"
    };

    private static final String[] VALUES = {
        "",
        "0",
        "1",
        "-1",
        "10",
        "3.5",
        "-0",
        "01",
        "+1",
        " 1",
        "1 ",
        "1e3",
        "abc",
        "hello world",
        "\0\1\u00fe\u00ff",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "ohmytext",
        "mynewtext",
        "0x10",
        "\u00ff"
    };

    private static final String[] INTEGERS = {
        "0",
        "1",
        "2",
        "3",
        "7",
        "8",
        "-1",
        "-2",
        "-3",
        "-100",
        "100",
        "5",
        "12",
        "1048575",
        "1048576",
        "8388607",
        "8388608",
        "4294967296",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "x",
        "",
        "1.5",
        "+1",
        "01",
        " 1"
    };

    /** In seconds or milliseconds: far enough that nothing expires meanwhile, or past. */
    private static final String[] TIMES = {
        "1000000",
        "2000000",
        "500000",
        "0",
        "-1",
        "-1000",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775",
        "9223372036854776",
        "-9223372036854776",
        "x",
        "",
        "4102444800",
        "4102444800123"
    };

    /** Of the words, k is a key, v a value, i an integer, f a float, t a time, p a pattern; others are as they are. */
    private static final String[] SHAPES = shapesOf("""
            GET k; SET k v; SET k v; SET k v NX; SET k v XX GET; SET k v GET NX; SET k v TIME; SET k v TIME;
            SET k v KEEPTTL; SET k v KEEPTTL TIME; SET k v NX XX; SET k v EX; SET k v OPTION;
            SET k v TIME TIME; SETNX k v; SETEX k t v; PSETEX k t v; GETSET k v; GETDEL k; GETEX k;
            GETEX k TIME; GETEX k PERSIST; GETEX k TIME PERSIST; GETEX k OPTION; MGET k k k; MSET k v k v;
            MSETNX k v k v; MSET k v k; APPEND k v; APPEND k v; STRLEN k; GETRANGE k i i; SUBSTR k i i;
            SETRANGE k i v; GETBIT k i; SETBIT k i i; SETBIT k i 1; SETBIT k i 0; BITCOUNT k; BITCOUNT k i i;
            BITCOUNT k i; BITCOUNT k i i BIT; BITCOUNT k i i byte; BITCOUNT k i i OPTION; BITCOUNT k i i BIT v;
            LCS k k; LCS k k LEN; LCS k k IDX; LCS k k IDX WITHMATCHLEN MINMATCHLEN i; LCS k k LEN IDX;
            LCS k k OPTION; LCS k k MINMATCHLEN; INCR k; DECR k; INCRBY k i; DECRBY k i; INCR number;
            DECR number; INCRBY number i; DECRBY number i; INCRBYFLOAT float f; INCRBYFLOAT k f; DEL k k;
            DEL k; UNLINK k k; EXISTS k k k; EXISTS k; TOUCH k k; TYPE k; KEYS p; SCAN 0 COUNT 1000;
            SCAN 0 COUNT 1000 MATCH p; SCAN 0 COUNT 1000 TYPE string; SCAN 0 TYPE hash COUNT 1000;
            SCAN 0 COUNT i OPTION; SCAN v COUNT 1000; DBSIZE; RENAME k k; RENAMENX k k; COPY k k;
            COPY k k REPLACE; COPY k k DB 0; COPY k k DB i REPLACE; COPY k k OPTION; EXPIRE k t;
            EXPIRE k t CONDITION; EXPIRE k t CONDITION CONDITION; PEXPIRE k t; PEXPIRE k t CONDITION;
            EXPIREAT k t; EXPIREAT k t CONDITION; PEXPIREAT k t; PEXPIREAT k t CONDITION;
            PEXPIREAT k t CONDITION OPTION; TTL k; PTTL k; EXPIRETIME k; PEXPIRETIME k; PERSIST k;
            OBJECT REFCOUNT k; OBJECT FREQ k; OBJECT ENCODING; OBJECT ENCODING k k; OBJECT v; OBJECT;
            MEMORY USAGE; MEMORY USAGE absent SAMPLES i; MEMORY USAGE absent OPTION; WAIT 0 i; WAIT i 1; PING;
            PING v; PING v v; ECHO v; FLUSHDB OPTION; FLUSHALL ASYNC SYNC; FLUSHALL async; UNWATCH; WATCH k k;
            MULTI; EXEC; EXEC; DISCARD; SAVE v
            """);

    private static final String[] NAMES = {"EX", "PX", "EXAT", "PXAT", "ex", "pxat"};
    private static final String[] CONDITIONS = {"NX", "XX", "GT", "LT", "nx", "gt"};
    private static final String[] OPTIONS = {"FAST", "NX", "", "GET", "REPLACE", "COUNT", "EX", "\0", "bit", "IDX"};
    private static final String[] FLOATS = {"1", "0.5", "-0.25", "1e2", "x", "", " 1", "inf", "nan", "-3", "1.5e-3"};
    private static final String[] PATTERNS = {"*", "user:*", "?", "[a-c]", "[^a]", "\\a", "*e*", "u*[12]", "[", "", "\\"
    };

    private final Random random;
    private final String[] shapes;
    private final String[] times;

    RandomCommands(long seed) {
        this(seed, "", List.of());
    }

    /**
     * These and more.
     *
     * @param moreShapes as {@link #SHAPES} are written
     * @param moreTimes in seconds or milliseconds
     */
    RandomCommands(long seed, String moreShapes, List<String> moreTimes) {
        this.random = new Random(seed);
        this.shapes = joined(SHAPES, moreShapes.isBlank() ? List.of() : List.of(shapesOf(moreShapes)));
        this.times = joined(TIMES, moreTimes);
    }

    private static String[] joined(String[] some, List<String> more) {
        List<String> all = new ArrayList<>(List.of(some));
        all.addAll(more);
        return all.toArray(String[]::new);
    }

    private static String[] shapesOf(String text) {
        return text.strip().split(";\\s+", -1);
    }

    /** The name and the arguments of the next command. */
    List<byte[]> next() {
        String[] shape = one(shapes).split(" ", -1);
        List<String> words = new ArrayList<>();
        for (String part : shape) {
            add(part, words);
        }
        if (random.nextInt(40) == 0) {
            words.add(one(VALUES));
        } else if (random.nextInt(40) == 0 && words.size() > 1) {
            words.remove(words.size() - 1);
        }
        return words.stream()
                .map(word -> word.getBytes(StandardCharsets.ISO_8859_1))
                .toList();
    }

    private void add(String part, List<String> words) {
        switch (part) {
            case "k":
                words.add(one(KEYS));
                break;
            case "v":
                words.add(random.nextInt(50) == 0 ? "long".repeat(random.nextInt(300)) : one(VALUES));
                break;
            case "i":
                words.add(random.nextBoolean() ? Integer.toString(random.nextInt(40) - 10) : one(INTEGERS));
                break;
            case "f":
                words.add(one(FLOATS));
                break;
            case "t":
                words.add(one(times));
                break;
            case "p":
                words.add(one(PATTERNS));
                break;
            case "TIME":
                words.add(one(NAMES));
                words.add(one(times));
                break;
            case "CONDITION":
                words.add(one(CONDITIONS));
                break;
            case "OPTION":
                words.add(one(OPTIONS));
                break;
            default:
                words.add(part);
        }
    }

    private String one(String[] all) {
        return all[random.nextInt(all.length)];
    }
}
