package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The options of {@code poro connect}. */
@Timeout(60)
class ConnectCommandTest {
    @ParameterizedTest
    @CsvSource({
        "--wal x.wal connect, --wal has no meaning",
        "--sync os connect, is an option of the prompt",
        "connect host:port, HOST:PORT",
        "connect --user u, --password-file",
        "connect --tls-ca ca.crt, --tls",
        "connect --tls --tls-cert c.crt, belong together",
        "connect --password secret, unknown option",
    })
    void refusesWhatHasNoMeaning(String line, String why) {
        PrintStream standardError = System.err;
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
        try {
            assertThat(Main.commandLine().execute(line.split(" ", -1))).isEqualTo(ExitStatus.USAGE);
        } finally {
            System.setErr(standardError);
        }
        assertThat(errors.toString(StandardCharsets.UTF_8))
                .startsWith("poro: ")
                .contains(why)
                .hasLineCount(2);
    }
}
