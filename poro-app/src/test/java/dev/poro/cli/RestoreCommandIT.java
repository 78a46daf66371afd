package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import dev.poro.engine.Progress;
import dev.poro.engine.SyncPolicy;
import dev.poro.engine.tools.Verification;
import dev.poro.process.harness.PoroProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code poro restore} in a process of its own. */
class RestoreCommandIT {
    private static final int LARGE_KEYS = 300;

    @TempDir
    private Path directory;

    /** Event 1 is the memory budget, event 5 the mark of the clean close. */
    @BeforeEach
    void writeLog() {
        try (Poro poro = Poro.at(directory.resolve("poro.wal"))
                .sync(SyncPolicy.OS)
                .memory(64 << 20)
                .segmentLength(1 << 20)
                .open()) {
            poro.set("a", "1");
            poro.set("b", "2");
            poro.snapshot();
            poro.delete("a");
        }
    }

    @Test
    void aSequenceIsRestoredAfterADryRun() throws Exception {
        ToolRun planned = ToolRun.here("restore", directory.resolve("poro.wal"), "--until", "3", "--dry-run");
        assertThat(planned.status()).isZero();
        assertThat(planned.out())
                .contains("0000000000000000003.snapshot, 2 keys", "until     sequence 3, ", "keys      2")
                .endsWith("verdict   can be restored, nothing was written\n");
        assertThat(directory.toFile().list()).containsExactly("poro.wal");

        PoroProcess.Result done = run("restore", "--json", "poro.wal", "new.wal", "--until", "3");
        assertThat(done.exitStatus).as(done.errors).isZero();
        assertThat(done.text())
                .contains("\"lastSequence\":3", "\"keys\":2", "\"digest\":\"", "\"events\":0")
                .hasLineCount(1);
        assertThat(ToolRun.here("verify", directory.resolve("new.wal")).out()).contains("keys      2");
    }

    @Test
    void everyWrongArgumentIsToldAndChangesNothing() {
        String log = directory.resolve("poro.wal").toString();
        String target = directory.resolve("new.wal").toString();
        for (List<String> wrong : List.of(
                List.of(log),
                List.of(log, log),
                List.of(log, directory.resolve("new.unfinished").toString()),
                List.of(log, target, "--until", "yesterday"),
                List.of(log, target, "--until", "6"))) {
            boolean isUsage = wrong.size() == 1 || wrong.contains("yesterday");
            List<String> arguments = new ArrayList<>(List.of("restore"));
            arguments.addAll(wrong);

            Refusal refused = Refusal.of(arguments.toArray(String[]::new));

            assertThat(refused.exitStatus()).as("%s", wrong).isEqualTo(isUsage ? 2 : 3);
            assertThat(refused.errors()).as("%s", wrong).startsWith("poro: ");
            assertThat(directory.toFile().list()).as("%s", wrong).containsExactly("poro.wal");
        }
    }

    @Test
    @Tag("R15")
    void oneThatIsKilledLeavesNoStore() throws Exception {
        Path large = directory.resolve("large.wal");
        LargeLog.write(large, LARGE_KEYS);
        Path target = directory.resolve("new.wal");
        Path unfinished = directory.resolve("new.wal.unfinished");
        try (PoroProcess restore = PoroProcess.start(directory, "restore", "large.wal", "new.wal")) {
            while (!Files.exists(unfinished.resolve("0000000002.wal")) && !Files.exists(target)) {
                Thread.sleep(2);
            }
            restore.kill();
        }
        assertThat(target).doesNotExist();
        ToolRun refused = ToolRun.here("restore", large, target);
        assertThat(refused.status()).isEqualTo(3);
        assertThat(refused.err()).contains("did not finish");

        for (String name : unfinished.toFile().list()) {
            Files.delete(unfinished.resolve(name));
        }
        Files.delete(unfinished);
        assertThat(ToolRun.here("restore", large, target).status()).isZero();
        assertThat(Verification.run(target, Progress.NONE).keys()).isEqualTo(LARGE_KEYS);
    }

    private PoroProcess.Result run(String... arguments) throws Exception {
        return PoroProcess.run(directory, "", arguments);
    }
}
