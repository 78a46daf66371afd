package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CommandTest {
    @ParameterizedTest
    @EnumSource(Command.class)
    void isFoundByEachOfItsNamesInAnyCase(Command command) {
        for (String name : command.names()) {
            assertThat(Command.named(name)).isSameAs(command);
            assertThat(Command.named(name.toLowerCase(Locale.ROOT))).isSameAs(command);
            assertThat(Command.named(name.charAt(0) + name.substring(1).toLowerCase(Locale.ROOT)))
                    .isSameAs(command);
        }
    }

    @Test
    void isNotFoundByOtherNames() {
        for (String name : List.of("", "S", "SE", "SETS", "GET ", "ſet", "SE\0", "quıt")) {
            assertThat(Command.named(name)).as(name).isNull();
        }
    }

    @Test
    void hasNamesThatAreUnique() {
        assertThat(Arrays.stream(Command.values()).flatMap(command -> command.names().stream()))
                .doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @EnumSource(Command.class)
    void acceptsTheArgumentsOfItsUsage(Command command) {
        assertThat(command.arityErrorOf(command.arguments().size())).isNull();
    }

    @Test
    void acceptsThatOptionalArgumentsAreLeftOut() {
        assertThat(Command.HELP.arityErrorOf(0)).isNull();
    }

    @Test
    void namesTheMissingArgument() {
        assertThat(Command.SET.arityErrorOf(0)).contains("missing key").contains("usage: SET key value");
        assertThat(Command.SET.arityErrorOf(1)).contains("missing value").contains("usage: SET key value");
        assertThat(Command.GET.arityErrorOf(0)).contains("missing key").contains("usage: GET key");
    }

    @Test
    void countsTooManyArguments() {
        assertThat(Command.SET.arityErrorOf(3)).contains("3 instead of 2").contains("usage: SET key value");
        assertThat(Command.QUIT.arityErrorOf(1)).contains("usage: QUIT");
    }
}
