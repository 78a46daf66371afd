package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.poro.engine.Poro;
import dev.poro.process.harness.PoroProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program in a terminal. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class TerminalIT {
    private static final String BANNER = "Poro v1.0 - Fast key-value store";

    private static final String PROMPT = "> ";
    private static final int SIGINT = 2;

    /** What the README promises. */
    private static final List<String> SESSION = List.of(
            BANNER,
            "> SET mykey \"Hello, World!\"",
            "OK",
            "> GET mykey",
            "\"Hello, World!\"",
            "> DEL mykey",
            "(integer) 1",
            "> GET mykey",
            "(nil)",
            "> QUIT");

    @TempDir
    private Path directory;

    @Test
    void runsTheSessionOfTheReadme() throws Exception {
        try (PseudoTerminal terminal = open("xterm-256color")) {
            typeSession(terminal);
            assertThat(terminal.exitStatus()).isEqualTo(ExitStatus.OK);
            terminal.awaitScreen(SESSION.toArray(String[]::new));
        }
    }

    @Test
    void runsTheSessionOfTheReadmeToTheLetterInADumbTerminal() throws Exception {
        try (PseudoTerminal terminal = open("dumb")) {
            typeSession(terminal);
            assertThat(terminal.exitStatus()).isEqualTo(ExitStatus.OK);
            assertThat(terminal.output()).isEqualTo(String.join("\r\n", SESSION) + "\r\n");
        }
    }

    @Test
    void dropsTheLineOnCtrlCAndLeavesOnCtrlD() throws Exception {
        try (PseudoTerminal terminal = open("xterm")) {
            terminal.awaitScreen(BANNER, "> ");
            terminal.type("GET v");
            terminal.awaitScreen(BANNER, "> GET v");
            terminal.type("\003GET k\r");
            terminal.awaitScreen(BANNER, "> GET v", "> GET k", "(nil)", "> ");
            terminal.type("\004");

            assertThat(terminal.exitStatus()).isEqualTo(ExitStatus.OK);
        }
    }

    @Test
    void dropsTheLineOnCtrlCAndLeavesOnCtrlDInADumbTerminal() throws Exception {
        assumeFalse(isInterruptIgnored(), "SIGINT is ignored here, as in what a script starts with &");
        try (PseudoTerminal terminal = open("dumb")) {
            terminal.awaitScreen(BANNER, "> ");
            terminal.type("SET k v");
            terminal.awaitScreen(BANNER, "> SET k v");
            terminal.type("\003");
            terminal.awaitScreen(BANNER, "> SET k v^C", "> ");
            terminal.type("GET k\r");
            terminal.awaitScreen(BANNER, "> SET k v^C", "> GET k", "(nil)", "> ");
            terminal.type("\004");

            assertThat(terminal.exitStatus()).isEqualTo(ExitStatus.OK);
        }
    }

    /** Java leaves a signal alone that was ignored when it started, and so do its children. */
    private static boolean isInterruptIgnored() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.isReadable(status)) {
            return false;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .map(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
                .anyMatch(ignored -> (ignored & (1L << (SIGINT - 1))) != 0);
    }

    @Test
    void completesNamesAndHintsAtArguments() throws Exception {
        try (PseudoTerminal terminal = open("xterm")) {
            terminal.awaitScreen(BANNER, "> ");
            terminal.type("setr\t");
            terminal.awaitScreen(BANNER, "> SETRANGE key offset value");
            terminal.type("k");
            terminal.awaitScreen(BANNER, "> SETRANGE k offset value");
            terminal.type(" 0 v\r");
            terminal.awaitScreen(BANNER, "> SETRANGE k 0 v", "(integer) 1", "> ");
        }
    }

    @Test
    void takesSeveralPastedLines() throws Exception {
        try (PseudoTerminal terminal = open("xterm")) {
            terminal.awaitScreen(BANNER, "> ");
            terminal.type("SET k v\rGET k\rSET \"k\rGET k\r");
            terminal.awaitScreen(
                    BANNER,
                    "> SET k v",
                    "OK",
                    "> GET k",
                    "\"v\"",
                    "> SET \"k",
                    "(error) ERR unbalanced quotes: a double quote is opened and never closed",
                    "> GET k",
                    "\"v\"",
                    "> ");
            terminal.type("\033[200~DEL k\nGET k\033[201~\r");
            terminal.type("QUIT\r");

            assertThat(terminal.exitStatus()).isEqualTo(ExitStatus.OK);
            assertThat(terminal.screen()).contains("(integer) 1\n(nil)\n");
        }
    }

    @Test
    void takesTextThatIsNotAscii() throws Exception {
        try (PseudoTerminal terminal = open("xterm")) {
            terminal.awaitScreen(BANNER, "> ");
            terminal.type("SET ключ \"naïve !!\"\r");
            terminal.awaitScreen(BANNER, "> SET ключ \"naïve !!\"", "OK", "> ");
            terminal.type("GET ключ\r");
            terminal.awaitScreen(BANNER, "> SET ключ \"naïve !!\"", "OK", "> GET ключ", "\"naïve !!\"", "> ");
        }
    }

    @Test
    void remembersLinesForTheirOwnerOnly() throws Exception {
        try (PseudoTerminal terminal = open("xterm")) {
            terminal.awaitScreen(BANNER, "> ");
            terminal.type("GETSET k secret\rQUIT\r");
            terminal.exitStatus();
        }
        Path history = directory.resolve(".poro_history");
        assertThat(history).content().contains("GETSET k secret");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(history)))
                .isEqualTo("rw-------");

        try (PseudoTerminal terminal = open("xterm")) {
            terminal.awaitScreen(BANNER, "> ");
            terminal.type("\020\020"); // Ctrl-P
            terminal.awaitScreen(BANNER, "> GETSET k secret");
        }
    }

    @Test
    void remembersTheOtherLinesWhereOneByteIsNoText() throws Exception {
        Files.write(directory.resolve(".poro_history"), new byte[] {'1', ':', 'A', '\n', '2', ':', (byte) 0xff, '\n'});

        try (PseudoTerminal terminal = open("xterm")) {
            terminal.awaitScreen(BANNER, "> ");
            terminal.type("\020\020"); // Ctrl-P
            terminal.awaitScreen(BANNER, "> A");
            terminal.type("\003QUIT\r");

            assertThat(terminal.exitStatus()).isEqualTo(ExitStatus.OK);
        }
    }

    @Test
    void doesWithoutAHistoryWhereItCannotWriteOne() throws Exception {
        Files.createDirectory(directory.resolve(".poro_history"));

        try (PseudoTerminal terminal = open("xterm")) {
            terminal.awaitScreen(BANNER, "> ");
            terminal.type("GET k\r");
            terminal.awaitScreen(BANNER, "> GET k", "(nil)", "> ");
            terminal.type("QUIT\r");

            assertThat(terminal.exitStatus()).isEqualTo(ExitStatus.OK);
        }
    }

    @Test
    void closesTheStoreWhenItIsTerminated() throws Exception {
        try (PseudoTerminal terminal = open("xterm")) {
            terminal.awaitScreen(BANNER, "> ");
            terminal.type("SET k v\r");
            terminal.awaitScreen(BANNER, "> SET k v", "OK", "> ");

            terminal.terminate();

            assertThat(terminal.exitStatus()).isEqualTo(128 + 15);
            terminal.awaitScreen(BANNER, "> SET k v", "OK", "> ");
        }
        try (Poro poro = Poro.open(directory.resolve("poro.wal"))) {
            assertThat(poro.get("k")).isEqualTo("v");
            assertThat(poro.opening().closedCleanly()).isTrue();
        }
    }

    /** Types each command once all that precedes it is on the screen. */
    private static void typeSession(PseudoTerminal terminal) throws Exception {
        List<String> screen = new ArrayList<>();
        for (String line : SESSION) {
            if (line.startsWith(PROMPT)) {
                screen.add(PROMPT);
                terminal.awaitScreen(screen.toArray(String[]::new));
                terminal.type(line.substring(PROMPT.length()) + "\r");
                screen.remove(screen.size() - 1);
            }
            screen.add(line);
        }
    }

    private PseudoTerminal open(String term) throws IOException {
        return PseudoTerminal.start(directory, term, PoroProcess.command());
    }
}
