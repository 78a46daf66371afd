package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import dev.poro.process.harness.PoroProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code poro export} and {@code poro import} as programs, one into the other. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ImportIT {
    private static final byte[] NOTHING = {};

    @TempDir
    private Path directory;

    @Test
    void storesWhatAnotherProgramHasExported() throws Exception {
        PoroProcess.run(
                directory,
                "SET a \"one\\n\"\nSET \"\\x00\\xff\" \"\\x80\"\nSET s v PXAT 4000000000123\nSET gone v\nDEL gone\n");
        byte[] exported = PoroProcess.run(directory, NOTHING, "export").replies;

        PoroProcess.Result imported = PoroProcess.run(directory, exported, "import", "-", "--wal", "copy.wal");

        assertThat(imported.text()).isEqualTo("3 entries of 3 lines imported into copy.wal\n");
        assertThat(imported.errors).isEmpty();
        assertThat(imported.exitStatus).isEqualTo(ExitStatus.OK);
        assertThat(PoroProcess.run(directory, "GET a\nGET \"\\x00\\xff\"\nPEXPIRETIME s\nDBSIZE\n", "--wal", "copy.wal")
                        .text())
                .isEqualTo("\"one\\n\"\n\"\\x80\"\n(integer) 4000000000123\n(integer) 3\n");
    }

    @Test
    void reportsLinesThatItLeavesOutAndFails() throws Exception {
        Path file = directory.resolve("entries.json");
        Files.writeString(file, "{\"key\":\"a\",\"value\":\"1\"}\nnonsense\n{\"key\":\"b\",\"value\":\"2\"}");

        PoroProcess.Result imported = PoroProcess.run(directory, NOTHING, "import", "entries.json");

        assertThat(imported.text()).isEqualTo("2 entries of 3 lines imported into poro.wal\n");
        assertThat(imported.errors).startsWith("poro: entries.json, line 2: ").hasLineCount(1);
        assertThat(imported.exitStatus).isEqualTo(ExitStatus.FAILURE);
        try (Poro poro = Poro.open(directory.resolve("poro.wal"))) {
            assertThat(poro.get("a")).isEqualTo("1");
            assertThat(poro.get("b")).isEqualTo("2");
        }
    }

    @Test
    void doesNothingWithoutAFileOrBesideAnOpenStore() throws Exception {
        Path log = directory.resolve("poro.wal");
        Path file = directory.resolve("missing.json");
        Refusal missing = Refusal.of("import", file.toString(), "--wal", log.toString());
        assertThat(missing.exitStatus()).isEqualTo(ExitStatus.FAILURE);
        assertThat(missing.errors()).contains("missing.json");
        assertThat(directory.resolve("poro.wal")).doesNotExist();

        try (PoroProcess open = PoroProcess.start(directory)) {
            open.send("SET k v\n");
            assertThat(open.reply()).isEqualTo("OK");
            byte[] line = "{\"key\":\"k\",\"value\":\"w\"}\n".getBytes(StandardCharsets.US_ASCII);

            PoroProcess.Result refused = PoroProcess.run(directory, line, "import", "-");

            assertThat(refused.exitStatus).isEqualTo(ExitStatus.FAILURE);
            assertThat(refused.errors).contains("poro.wal");
            open.send("GET k\n");
            assertThat(open.reply()).isEqualTo("\"v\"");
        }
    }
}
