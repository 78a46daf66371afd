package dev.poro.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ArgumentSpecTest {
    @Test
    void takesAsManyAsItNames() {
        ArgumentSpec arguments = new ArgumentSpec("key value");

        assertThat(arguments.names()).containsExactly("key", "value");
        assertThat(arguments.max()).isEqualTo(2);
        assertThat(arguments.check(0)).isEqualTo("missing key");
        assertThat(arguments.check(1)).isEqualTo("missing value");
        assertThat(arguments.check(2)).isNull();
        assertThat(arguments.check(3)).isEqualTo("3 instead of 2");
        assertThat(arguments).hasToString("key value");
    }

    @Test
    void takesNoneIfItNamesNone() {
        ArgumentSpec none = new ArgumentSpec("");

        assertThat(none.names()).isEmpty();
        assertThat(none.check(0)).isNull();
        assertThat(none.check(1)).isEqualTo("1 instead of 0");
    }

    @Test
    void doesWithoutThoseThatAreOptional() {
        ArgumentSpec arguments = new ArgumentSpec("key [count]");

        assertThat(arguments.check(0)).isEqualTo("missing key");
        assertThat(arguments.check(1)).isNull();
        assertThat(arguments.check(2)).isNull();
        assertThat(arguments.check(3)).isEqualTo("3 instead of 2");
    }

    @Test
    void refusesAnOptionalOneBeforeOneThatIsRequired() {
        assertThatThrownBy(() -> new ArgumentSpec("[count] key")).isInstanceOf(IllegalArgumentException.class);
    }
}
