package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.process.harness.PoroProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The program behind a pipe. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class PipeIT {
    @TempDir
    private Path directory;

    @Test
    void writesNothingButReplies() throws Exception {
        PoroProcess.Result result = PoroProcess.run(
                directory, "SET mykey \"Hello, World!\"\nGET mykey\nDEL mykey\nGET mykey\nQUIT\nGET mykey\n");

        assertThat(result.text()).isEqualTo("OK\n\"Hello, World!\"\n(integer) 1\n(nil)\n");
        assertThat(result.errors).isEmpty();
        assertThat(result.exitStatus).isEqualTo(ExitStatus.OK);
    }

    @Test
    void keepsWhatItAcknowledged() throws Exception {
        PoroProcess.run(directory, "SET a 1\nSET b 2\nDEL a");

        assertThat(PoroProcess.run(directory, "GET a\nGET b\n").text()).isEqualTo("(nil)\n\"2\"\n");
        assertThat(directory.resolve("poro.wal")).isDirectory();
    }

    @Test
    void failsIfOneCommandFailed() throws Exception {
        PoroProcess.Result result = PoroProcess.run(directory, "SET a\nSET a 1\n");

        assertThat(result.text()).startsWith("(error) ERR ").endsWith("\nOK\n");
        assertThat(result.errors).isEmpty();
        assertThat(result.exitStatus).isEqualTo(ExitStatus.FAILURE);
    }

    @Test
    void skipsALineThatIsTooLong() throws Exception {
        ByteArrayOutputStream script = new ByteArrayOutputStream();
        script.writeBytes(ascii("SET k "));
        script.writeBytes(new byte[20 << 20]);
        script.writeBytes(ascii("\nSET k v\n"));

        PoroProcess.Result result = PoroProcess.run(directory, script.toByteArray());

        assertThat(result.text()).matches("\\(error\\) ERR line too long: .*\nOK\n");
        assertThat(result.exitStatus).isEqualTo(ExitStatus.FAILURE);
    }

    @Test
    void passesEveryByteThrough() throws Exception {
        ByteArrayOutputStream script = new ByteArrayOutputStream();
        script.writeBytes(ascii("SET k '"));
        for (int b = 0; b < 256; b++) {
            if (b != '\n' && b != '\'' && b != '\\') {
                script.write(b);
            }
        }
        script.writeBytes(ascii("'\r\nGET k\r\n"));

        String printed = PoroProcess.run(directory, script.toByteArray()).text();

        // What was printed is pasted back: the same value comes out.
        String value = printed.substring("OK\n".length()).trim();
        assertThat(PoroProcess.run(directory, "SET copy " + value + "\nGET copy\n")
                        .text())
                .isEqualTo("OK\n" + value + "\n");
        assertThat(value).startsWith("\"\\x00\\x01").contains(" !\\\"#").endsWith("\\xfe\\xff\"");
    }

    @Test
    void takesUtf8WhateverTheLocale() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(PoroProcess.command()).directory(directory.toFile());
        builder.environment().put("LC_ALL", "C");

        try (PoroProcess poro = PoroProcess.start(builder)) {
            byte[] script = "SET ключ 値\nGET ключ\n".getBytes(StandardCharsets.UTF_8);
            assertThat(poro.finish(script).text()).isEqualTo("OK\n\"値\"\n");
        }
    }

    @Test
    @Tag("R26")
    void readsNothingFromAnInputThatIsClosed() throws Exception {
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", "exec \"$@\" <&-", "sh");
        builder.command().addAll(PoroProcess.command());

        try (PoroProcess poro = PoroProcess.start(builder.directory(directory.toFile()))) {
            PoroProcess.Result result = poro.finish(new byte[0]);

            assertThat(result.text()).isEmpty();
            assertThat(result.errors).isEmpty();
            assertThat(result.exitStatus).isEqualTo(ExitStatus.OK);
        }
    }

    @Test
    @Tag("R30")
    void refusesAPathThatTheLocaleCannotSay() throws Exception {
        Path other = Files.createDirectory(directory.resolve("данные"));
        for (List<String> arguments : List.of(List.<String>of(), List.of("--wal", "ключ"), List.of("verify"))) {
            ProcessBuilder builder =
                    new ProcessBuilder(PoroProcess.command(arguments.toArray(String[]::new))).directory(other.toFile());
            builder.environment().put("LC_ALL", "C");

            try (PoroProcess poro = PoroProcess.start(builder)) {
                PoroProcess.Result result = poro.finish(ascii("SET k v\n"));

                assertThat(result.text()).isEmpty();
                assertThat(result.errors)
                        .startsWith("poro: ")
                        .contains("LC_ALL")
                        .doesNotContain("\tat ");
                assertThat(result.exitStatus).isEqualTo(ExitStatus.USAGE);
            }
        }
        assertThat(other).isEmptyDirectory();
        assertThat(directory.toFile().list()).hasSize(1);
    }

    @Test
    void repliesBeforeTheNextCommandIsSent() throws Exception {
        try (PoroProcess poro = PoroProcess.start(directory)) {
            for (int i = 0; i < 100; i++) {
                poro.send("SET k " + i + "\n");
                assertThat(poro.reply()).isEqualTo("OK");
            }
            poro.send("GET k\nQUIT\n");

            assertThat(poro.reply()).isEqualTo("\"99\"");
            assertThat(poro.exitStatus()).isEqualTo(ExitStatus.OK);
        }
    }

    @Test
    void closesTheStoreWhenItIsTerminated() throws Exception {
        try (PoroProcess poro = PoroProcess.start(directory)) {
            poro.send("SET k v\n");
            assertThat(poro.reply()).isEqualTo("OK");

            poro.terminate();

            assertThat(poro.exitStatus()).isEqualTo(128 + 15);
        }
        PoroProcess.Result result = PoroProcess.run(directory, "GET k\n");
        assertThat(result.text()).isEqualTo("\"v\"\n");
        assertThat(result.errors).isEmpty();
    }

    @Test
    void endsQuietlyWhenNobodyReads() throws Exception {
        try (PoroProcess poro = PoroProcess.start(directory)) {
            poro.send("GET k\n");
            assertThat(poro.reply()).isEqualTo("(nil)");
            poro.output().close();

            PoroProcess.Result result = poro.finish(ascii("GET k\n".repeat(100_000)));

            assertThat(result.errors).isEmpty();
            assertThat(result.exitStatus).isEqualTo(ExitStatus.BROKEN_PIPE);
        }
    }

    @Test
    void refusesAStoreThatIsOpenElsewhere() throws Exception {
        try (PoroProcess first = PoroProcess.start(directory)) {
            first.send("SET k v\n");
            assertThat(first.reply()).isEqualTo("OK");

            PoroProcess.Result second = PoroProcess.run(directory, "GET k\n");

            assertThat(second.text()).isEmpty();
            assertThat(second.errors).startsWith("poro: ").contains("poro.wal").doesNotContain("\tat ");
            assertThat(second.exitStatus).isEqualTo(ExitStatus.FAILURE);
        }
    }

    @Test
    void saysWhyItCannotOpenThePath() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "not a directory");

        Refusal refused = Refusal.of("--wal", file.toString());

        assertThat(refused.errors()).startsWith("poro: ").contains("file").doesNotContain("\tat ");
        assertThat(refused.exitStatus()).isEqualTo(ExitStatus.FAILURE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--memory=1023k", "--fly"})
    void rejectsWrongOptions(String option) {
        Refusal refused = Refusal.of("--wal", directory.resolve("poro.wal").toString(), option);

        assertThat(refused.errors()).startsWith("poro: ").contains("--help").doesNotContain("\tat ");
        assertThat(refused.exitStatus()).isEqualTo(ExitStatus.USAGE);
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void takesItsOptions() throws Exception {
        PoroProcess.Result result =
                PoroProcess.run(directory, "SET k v\n", "--wal", "some where", "--sync", "always", "--memory", "64m");

        assertThat(result.text()).isEqualTo("OK\n");
        assertThat(directory.resolve("some where")).isDirectory();
        assertThat(directory.resolve("poro.wal")).doesNotExist();
    }

    @Test
    void introducesItself() throws Exception {
        assertThat(PoroProcess.run(directory, "", "--version").text()).startsWith("Poro v1.0\n");
        assertThat(PoroProcess.run(directory, "", "--help").text())
                .contains("Usage: poro", "--wal=PATH", "--sync=WHEN", "--memory=SIZE", "Examples:", "Exit status:");
        assertThat(directory).isEmptyDirectory();
    }

    /** Other tests name the class, as the launcher does. */
    @Test
    void isAJarThatJavaRuns() throws Exception {
        List<String> command = new ArrayList<>(PoroProcess.java(Path.of(System.getProperty("java.home"))));
        command.addAll(List.of("-jar", System.getProperty("poro.jar"), "--version"));
        try (PoroProcess jar = PoroProcess.start(new ProcessBuilder(command))) {
            PoroProcess.Result result = jar.finish(new byte[0]);
            assertThat(result.text()).startsWith("Poro v1.0\n");
            assertThat(result.exitStatus).isZero();
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
