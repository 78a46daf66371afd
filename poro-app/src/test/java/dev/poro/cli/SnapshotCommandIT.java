package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import dev.poro.engine.SyncPolicy;
import dev.poro.process.harness.PoroProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots from the prompt and from the command line, in processes of their own. */
class SnapshotCommandIT {
    private static final String OF_SEQUENCE_3 = "0000000000000000003.snapshot";

    @TempDir
    private Path directory;

    private Path log;

    /** Event 4 is the mark of the clean close. */
    @BeforeEach
    void writeLog() {
        log = directory.resolve("poro.wal");
        try (Poro poro = Poro.at(log).sync(SyncPolicy.OS).memory(64 << 20).open()) {
            poro.set("a", "1");
            poro.set("b", "2");
            poro.snapshot();
        }
    }

    @Test
    void thePromptTakesOneAndShowsHowTheStoreStands() throws Exception {
        String script = "SET c 3\nINFO\nSNAPSHOT\nSNAPSHOT now\n";
        PoroProcess.Result result = PoroProcess.run(directory, script, "--memory", "64m", "--snapshot-after", "1g");

        assertThat(result.text())
                .startsWith("OK\n")
                .contains("(integer) 4\n(error) ERR wrong number of arguments for 'SNAPSHOT'")
                .contains("sequence          4\n", "durable sequence  ", "keys              3\n", "segment files: 1\n")
                .contains("history           sequence 1 to 4\n")
                .contains("opened from       the snapshot of sequence 3 and the log up to 3\n")
                .containsPattern("last snapshot     sequence 3, \\d+s ago, 2 keys, \\d+ bytes\n")
                .containsPattern("next snapshot     beyond 1,073,741,824 bytes of log since the last, .* \\d+\n");
        assertThat(log.resolve("0000000000000000004.snapshot")).exists();
    }

    @Test
    @Tag("R23")
    void theOldestGoesUnlessHistoryIsRetained() throws Exception {
        String two = "SET c 3\nSNAPSHOT\nSET d 4\nSNAPSHOT\n";
        PoroProcess.run(directory, two, "--memory", "64m", "--retain", "all");
        assertThat(log.resolve(OF_SEQUENCE_3)).exists();

        PoroProcess.run(directory, two, "--memory", "64m");
        assertThat(log.resolve(OF_SEQUENCE_3)).as("the store keeps the setting").exists();

        PoroProcess.run(directory, two, "--memory", "64m", "--retain", "none");
        assertThat(log.resolve(OF_SEQUENCE_3)).doesNotExist();
        assertThat(Refusal.of("--wal", log.toString(), "--retain", "10x").errors())
                .contains("--retain", "'10x' is neither all nor none nor a size such as 10g");
    }

    @Test
    void theCommandTakesOneAndSaysOfWhat() throws Exception {
        PoroProcess.Result result = PoroProcess.run(directory, "", "snapshot", "poro.wal");

        assertThat(result.exitStatus).isZero();
        assertThat(result.text()).contains(OF_SEQUENCE_3, "sequence  3", "keys      2");
        assertThat(ToolRun.here("snapshot", "--json", log).out())
                .contains("\"sequence\":3", "\"keys\":2", "\"digest\":\"");
    }

    @Test
    void theCommandLeavesAnOpenStoreAlone() throws Exception {
        try (Poro poro = Poro.open(log)) {
            PoroProcess.Result result = PoroProcess.run(directory, "", "snapshot", "poro.wal");
            assertThat(result.exitStatus).isEqualTo(1);
            assertThat(result.errors).contains(poro.path().toString());
        }
    }

    @Test
    void theCommandMakesNoLog() {
        assertThat(ToolRun.here("snapshot", directory.resolve("nowhere")).status())
                .isEqualTo(3);
        assertThat(directory.resolve("nowhere")).doesNotExist();
    }

    @Test
    void verifyChecksIt() throws IOException {
        ToolRun sound = ToolRun.here("verify", log);
        assertThat(sound.status()).isZero();
        assertThat(sound.out())
                .contains("snapshot  " + OF_SEQUENCE_3 + "  sequence 3, 2 keys", "agrees with the replay");

        damage();
        ToolRun damaged = ToolRun.here("verify", log);
        assertThat(damaged.status()).isEqualTo(2);
        assertThat(damaged.out()).contains(OF_SEQUENCE_3 + "  damaged", "checksum", "SNAPSHOT DAMAGED");
        assertThat(ToolRun.here("verify", "--json", log).out())
                .contains("\"snapshots\":[{", "\"damaged\":true", "\"snapshotProblems\":[{");
    }

    @Test
    @Tag("R23")
    void thePromptSaysThatItDidWithoutADamagedOne() throws Exception {
        damage();
        PoroProcess.Result opened = PoroProcess.run(directory, "GET b\n");
        assertThat(opened.text()).isEqualTo("\"2\"\n");
        assertThat(opened.errors).contains(OF_SEQUENCE_3, "Nothing is lost: the whole log was replayed");
        assertThat(log.resolve(OF_SEQUENCE_3 + ".quarantine")).exists();
        assertThat(log.resolve(OF_SEQUENCE_3)).doesNotExist();
    }

    private void damage() throws IOException {
        Path snapshot = log.resolve(OF_SEQUENCE_3);
        byte[] bytes = Files.readAllBytes(snapshot);
        bytes[bytes.length - 60] ^= 1;
        Files.write(snapshot, bytes);
    }
}
