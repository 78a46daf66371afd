package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptReaderTest {
    private static final String SET_OPTIONS =
            "[NX|XX|IFEQ value] [GET] [EX seconds|PX milliseconds|EXAT unix-seconds|PXAT unix-milliseconds|KEEPTTL]";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "~SET~ | ~ key value " + SET_OPTIONS + "~",
                "~set ~ | ~key value " + SET_OPTIONS + "~",
                "~SET my~ | ~ value " + SET_OPTIONS + "~",
                "~SET 'my key' ~ | ~value " + SET_OPTIONS + "~",
                "~SETNX 'my key' ~ | ~value~",
                "~SETNX my v~ | ~~",
                "~SETNX mykey v ~ | ~~",
                "~SET k v EX~ | ~ seconds [NX|XX|IFEQ value] [GET]~",
                "~SET k v NX ~ | ~[GET] [EX seconds|PX milliseconds|EXAT unix-seconds|PXAT unix-milliseconds|KEEPTTL]~",
                "~SET k v w~ | ~~",
                "~MSET a 1 b~ | ~ value [key value ...]~",
                "~SET 'my~ | ~~",
                "~GET~ | ~ key~",
                "~HELP ~ | ~[command]~",
                "~QUIT~ | ~~",
                "~SE~ | ~~",
                "~~ | ~~",
                "~ ~ | ~~",
            })
    void hintsAtTheArgumentsThatAreMissing(String typed, String hint) {
        assertThat(PromptReader.hintFor(PromptCommands.KNOWN, typed)).isEqualTo(hint);
    }

    @Test
    void completesTheNamesOfCommandsAndOptions() {
        assertThat(PromptReader.candidatesFor(PromptCommands.KNOWN, "")).isEqualTo(PromptCommands.TABLE.names());
        assertThat(PromptReader.candidatesFor(PromptCommands.KNOWN, "ge")).isEqualTo(PromptCommands.TABLE.names());
        assertThat(PromptReader.candidatesFor(PromptCommands.KNOWN, "HELP s")).isEqualTo(PromptCommands.TABLE.names());
        assertThat(PromptReader.candidatesFor(PromptCommands.KNOWN, "GET k")).isEmpty();
        assertThat(PromptReader.candidatesFor(PromptCommands.KNOWN, "COPY a b "))
                .containsExactly("DB", "REPLACE");
        assertThat(PromptReader.candidatesFor(PromptCommands.KNOWN, "COPY 'a b' c DB 0 re"))
                .containsExactly("REPLACE");
        assertThat(PromptReader.candidatesFor(PromptCommands.KNOWN, "FLY 'a")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "AUTH secret, true",
        "' auth u secret', true",
        "hello 3 AUTH u secret, true",
        "CONFIG SET requirepass x, true",
        "CONFIG SET maxclients 9 masterauth x, true",
        "'\"AUTH\" secret', true",
        "ACL SETUSER u >x, true",
        "MIGRATE h 1 k 0 5 AUTH2 u x, true",
        "'GET a\nAUTH secret', true",
        "'AUTH \"open', true",
        "SET auth secret, false",
        "HELLO 3, false",
        "AUTHOR x, false",
    })
    void passwordsAreNotRemembered(String line, boolean isForgotten) {
        assertThat(PromptReader.hasPassword(line)).isEqualTo(isForgotten);
    }
}
