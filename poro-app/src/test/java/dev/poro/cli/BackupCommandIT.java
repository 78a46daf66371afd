package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import dev.poro.engine.Progress;
import dev.poro.engine.SyncPolicy;
import dev.poro.engine.tools.Verification;
import dev.poro.events.TestScale;
import dev.poro.process.harness.PoroProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backups by the prompt and by the command, of stores that are open elsewhere, and killed on the way. */
class BackupCommandIT {
    private static final int LARGE_KEYS = 600;

    @TempDir
    private Path directory;

    private Path log;

    @BeforeEach
    void writeLog() {
        log = directory.resolve("poro.wal");
        try (Poro poro = Poro.at(log)
                .sync(SyncPolicy.OS)
                .memory(64 << 20)
                .segmentLength(1 << 20)
                .open()) {
            poro.set("a", "1");
            poro.snapshot();
            poro.set("b", "2");
        }
    }

    @Test
    void theCommandTellsWhatItCopied() throws Exception {
        PoroProcess.Result result = run("backup", "poro.wal", "copy.wal");

        assertThat(result.exitStatus).isZero();
        assertThat(result.text())
                .contains("copied    2 files", "sequence  1 to 3", "1 segment, 1 snapshot", "keys      2")
                .endsWith("verdict   complete, read back and replayed\n");
        Path alone = directory.resolve("alone.wal");
        assertThat(ToolRun.here("backup", "--json", log, alone).out())
                .startsWith("{\"path\":\"" + log + "\",\"target\":\"" + alone + "\",\"complete\":true")
                .contains("\"lastSequence\":3", "\"keptFiles\":0", "\"digest\":\"")
                .hasLineCount(1);
    }

    @Test
    void aStoreThatIsOpenInAnotherProcessIsBackedUp() throws Exception {
        try (PoroProcess store = PoroProcess.start(directory, "--memory", "64m", "--sync", "os")) {
            store.send("SET c 3\n");
            assertThat(store.reply()).isEqualTo("OK");

            PoroProcess.Result result = run("backup", "poro.wal", "copy.wal");

            assertThat(result.exitStatus).as(result.errors).isZero();
            assertThat(keysOf("copy.wal")).isEqualTo(3);
            store.send("SET d 4\n");
            assertThat(store.reply()).isEqualTo("OK");
        }
    }

    @Test
    @Tag("R15")
    @Tag("R21")
    void oneThatIsKilledIsGoneOnWith() throws Exception {
        Path large = directory.resolve("large.wal");
        LargeLog.write(large, LARGE_KEYS);
        long deadline = TestScale.deadlineAfter(Duration.ofSeconds(60));
        int kills = 0;
        for (int copied = 1; copied <= TestScale.choose(1, 40) && System.nanoTime() < deadline; copied += 3) {
            Path target = directory.resolve("copy-" + copied + ".wal");
            if (killWhen(copied, target)) {
                kills++;
                assertThat(target).doesNotExist();
            }
            PoroProcess.Result result = run("backup", "large.wal", target.toString());
            assertThat(result.exitStatus).as(result.errors).isZero();
            assertThat(result.text()).contains("keys      " + LARGE_KEYS);
            assertThat(Path.of(target + ".unfinished")).doesNotExist();
        }
        TestScale.report("backup-kills", "%d backups killed on the way, and gone on with", kills);
    }

    /** Returns whether it was killed before it was through. */
    private boolean killWhen(int copied, Path target) throws Exception {
        Path unfinished = Path.of(target + ".unfinished");
        try (PoroProcess backup = PoroProcess.start(directory, "backup", "large.wal", target.toString())) {
            while (!Files.exists(target) && (!Files.exists(unfinished) || segmentsIn(unfinished) < copied)) {
                Thread.sleep(2);
            }
            backup.kill();
        }
        return !Files.exists(target);
    }

    private static int segmentsIn(Path unfinished) {
        String[] names = unfinished.toFile().list((directory, name) -> name.endsWith(".wal"));
        return names == null ? 0 : names.length;
    }

    @Test
    void everyWrongArgumentIsToldAndChangesNothing() throws Exception {
        Files.writeString(directory.resolve("letter"), "dear reader");
        String[] before = directory.toFile().list();
        String log = directory.resolve("poro.wal").toString();
        String target = directory.resolve("copy.wal").toString();
        for (List<String> wrong : List.of(
                List.<String>of(),
                List.of(directory.resolve("nowhere").toString(), target),
                List.of(log, directory.resolve("letter").toString()),
                List.of(log, directory.resolve("copy.unfinished").toString()),
                List.of(log, target, "more"))) {
            boolean isUsage = wrong.isEmpty() || wrong.size() > 2;
            List<String> arguments = new ArrayList<>(List.of("backup"));
            arguments.addAll(wrong);

            Refusal refused = Refusal.of(arguments.toArray(String[]::new));

            assertThat(refused.exitStatus()).as("%s", wrong).isEqualTo(isUsage ? 2 : 3);
            assertThat(refused.errors()).as("%s", wrong).startsWith("poro: ");
            assertThat(directory.toFile().list()).as("%s", wrong).containsExactlyInAnyOrder(before);
        }
    }

    @Test
    void damageIsToldAndLeftOut() throws IOException {
        damage("0000000000000000002.snapshot");
        ToolRun without = ToolRun.here("backup", log, directory.resolve("copy.wal"));
        assertThat(without.status()).isEqualTo(1);
        assertThat(without.out()).contains("problem", "0000000000000000002.snapshot", "LEFT OUT", "keys      2");
        assertThat(keysOf("copy.wal")).isEqualTo(2);

        damage("0000000001.wal");
        ToolRun none = ToolRun.here("backup", log, directory.resolve("none.wal"));
        assertThat(none.status()).isEqualTo(2);
        assertThat(none.err()).contains("0000000001.wal: damaged at offset");
        assertThat(directory.resolve("none.wal")).doesNotExist();
    }

    private void damage(String name) throws IOException {
        Path file = log.resolve(name);
        byte[] bytes = Files.readAllBytes(file);
        bytes[150] ^= 1;
        Files.write(file, bytes);
    }

    private long keysOf(String name) {
        return Verification.run(directory.resolve(name), Progress.NONE).keys();
    }

    private PoroProcess.Result run(String... arguments) throws Exception {
        return PoroProcess.run(directory, "", arguments);
    }
}
