package dev.poro.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArgumentSpecTest {
    private static final String OPTIONS = "key [NX|XX] [GET] [EX seconds|KEEPTTL]";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "key value                   | 0 | missing key",
                "key value                   | 1 | missing value",
                "key value                   | 2 | ",
                "key value                   | 3 | 3 instead of 2",
                "''                          | 0 | ",
                "''                          | 1 | 1 instead of 0",
                "key [count]                 | 0 | missing key",
                "key [count]                 | 1 | ",
                "key [count]                 | 2 | ",
                "key [count]                 | 3 | 3 instead of 2",
                "key [key ...]               | 0 | missing key",
                "key [key ...]               | 1 | ",
                "key [key ...]               | 9 | ",
                "key value [key value ...]   | 1 | missing value",
                "key value [key value ...]   | 2 | ",
                "key value [key value ...]   | 3 | missing value",
                "key value [key value ...]   | 4 | ",
                "key [REPLACE]               | 0 | missing key",
                "key [REPLACE]               | 9 | ",
            })
    void countsWhatIsGiven(String arguments, int count, String wrong) {
        assertThat(new ArgumentSpec(arguments).check(count)).isEqualTo(wrong);
    }

    @Test
    void isShownAsItIsWritten() {
        assertThat(new ArgumentSpec(OPTIONS)).hasToString(OPTIONS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[count] key", "[key ...] value", "[NX] key"})
    void refusesAnOptionalOneBeforeOneThatIsRequired(String arguments) {
        assertThatThrownBy(() -> new ArgumentSpec(arguments)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void takesTheLastOfOneOptionThatIsGivenTwiceTheSameWay() {
        Options options = new ArgumentSpec(OPTIONS).options(words("SET k EX 10 NX EX 20 NX"));

        assertThat(new String(options.value("EX"), StandardCharsets.UTF_8)).isEqualTo("20");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "key                              | 2  | 1 1 1",
                "key value [NX] [EX seconds]      | -3 | 1 1 1",
                "key [key ...]                    | -2 | 1 -1 1",
                "key value [key value ...]        | -3 | 1 -1 2",
                "key newkey                       | 3  | 1 2 1",
                "key1 key2 [LEN]                  | -3 | 1 2 1",
                "source destination [DB number]   | -3 | 1 2 1",
                "subcommand [key ...]             | -2 | 2 -1 1",
                "subcommand [key] [SAMPLES count] | -2 | 2 2 1",
                "key [start end] [BYTE]           | -2 | 1 1 1",
                "pattern                          | 2  | 0 0 0",
                "[message]                        | -1 | 0 0 0",
            })
    void knowsHowManyWordsThereAreAndWhereTheKeysAre(String arguments, int arity, String keys) {
        ArgumentSpec spec = new ArgumentSpec(arguments);

        assertThat(spec.arity()).isEqualTo(arity);
        assertThat(spec.firstKey() + " " + spec.lastKey() + " " + spec.keyStep())
                .isEqualTo(keys);
    }

    @Test
    void findsTheKeysAmongTheWords() {
        assertThat(keysOf("key value [key value ...]", "MSET a 1 b 2")).isEqualTo("a b");
        assertThat(keysOf("key [key ...]", "DEL a b c")).isEqualTo("a b c");
        assertThat(keysOf("subcommand [key] [SAMPLES count]", "MEMORY USAGE a SAMPLES 5"))
                .isEqualTo("a");
        assertThat(keysOf("subcommand [key] [SAMPLES count]", "MEMORY HELP")).isEmpty();
        assertThat(keysOf("pattern", "KEYS a")).isEmpty();
    }

    private static String keysOf(String arguments, String line) {
        return new ArgumentSpec(arguments)
                .keysOf(words(line)).stream()
                        .map(key -> new String(key, StandardCharsets.UTF_8))
                        .collect(Collectors.joining(" "));
    }

    @Test
    void tellsAProgramAllItsParts() {
        ArgumentSpec spec = new ArgumentSpec("key [start end] [NX|EX seconds] [GET] [key value ...]");

        assertThat(spec.parts())
                .extracting(part -> part.name() + " " + part.token() + " " + part.isOptional() + " " + part.isRepeated()
                        + " " + part.parts().size())
                .containsExactly(
                        "key null false false 0",
                        "start null true false 0",
                        "end null true false 0",
                        "nx-ex null true false 2",
                        "get GET true false 0",
                        "key-value null true true 2");
        assertThat(spec.parts().get(3).parts())
                .extracting(part -> part.name() + " " + part.token())
                .containsExactly("nx NX", "seconds EX");
    }

    @Test
    void takesOptionsInAnyOrderAndCase() {
        Options options = new ArgumentSpec(OPTIONS).options(words("SET k ex 10 get Nx"));

        assertThat(options.has("NX")).isTrue();
        assertThat(options.has("XX")).isFalse();
        assertThat(options.has("GET")).isTrue();
        assertThat(options.value("EX")).isEqualTo(new byte[] {'1', '0'});
        assertThat(options.has("KEEPTTL")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"k v", "k NX XX", "k EX", "k EX 1 KEEPTTL", "k GET v", "k EX 1 2"})
    void refusesWhatIsNoOptionOrContradictsAnother(String arguments) {
        assertThat(new ArgumentSpec(OPTIONS).options(words("SET " + arguments))).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "key [NX] [EX seconds]      | SET         | key [NX] [EX seconds]",
                "key [NX] [EX seconds]      | SET k       | [NX] [EX seconds]",
                "key [NX] [EX seconds]      | SET k nx    | [EX seconds]",
                "key [NX] [EX seconds]      | SET k EX    | seconds [NX]",
                "key [NX] [EX seconds]      | SET k EX 1  | [NX]",
                "key [NX] [EX seconds]      | SET k v     | ~~",
                "key value [key value ...]  | MSET        | key value [key value ...]",
                "key value [key value ...]  | MSET a      | value [key value ...]",
                "key value [key value ...]  | MSET a 1    | [key value ...]",
                "key value [key value ...]  | MSET a 1 b  | value [key value ...]",
                "[message]                  | PING        | [message]",
                "[message]                  | PING a      | ~~",
                "key                        | GET a b     | ~~",
            })
    void hintsAtWhatCanStillBeGiven(String arguments, String typed, String missing) {
        assertThat(new ArgumentSpec(arguments).missing(words(typed))).isEqualTo(missing);
    }

    @Test
    void namesTheOptionsThatCanComeNext() {
        ArgumentSpec arguments = new ArgumentSpec(OPTIONS);

        assertThat(arguments.nextOptions(words("SET"))).isEmpty();
        assertThat(arguments.nextOptions(words("SET k"))).containsExactly("NX", "XX", "GET", "EX", "KEEPTTL");
        assertThat(arguments.nextOptions(words("SET k XX"))).containsExactly("GET", "EX", "KEEPTTL");
        assertThat(arguments.nextOptions(words("SET k EX"))).isEmpty();
        assertThat(arguments.nextOptions(words("SET k EX 1"))).containsExactly("NX", "XX", "GET");
    }

    private static List<byte[]> words(String line) {
        return Arrays.stream(line.split(" ", -1))
                .map(word -> word.getBytes(StandardCharsets.UTF_8))
                .toList();
    }
}
