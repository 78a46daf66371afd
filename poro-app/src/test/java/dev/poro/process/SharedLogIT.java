package dev.poro.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.StopMessages;
import dev.poro.process.harness.Mount;
import dev.poro.process.harness.PoroProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log that another process has, or that nobody may write. */
@Tag("R21")
class SharedLogIT {
    @TempDir
    private Path directory;

    @Test
    void aSecondProcessIsToldWhoHasTheLogAndLeavesItAlone() throws Exception {
        try (PoroProcess first = PoroProcess.start(directory)) {
            set(first, "a");

            PoroProcess.Result second = PoroProcess.run(directory, "SET b 2\n");

            assertThat(second.exitStatus).isEqualTo(1);
            assertThat(second.text()).isEmpty();
            assertThat(second.errors)
                    .contains(directory.resolve("poro.wal").toRealPath().toString())
                    .contains("open in another process (pid " + first.pid() + ")")
                    .contains("Stop it first");
            set(first, "c");
        }
    }

    @Test
    void aKilledProcessLeavesNothingThatKeepsTheNextOneOut() throws Exception {
        PoroProcess first = PoroProcess.start(directory);
        try (first) {
            set(first, "a");
        }
        assertThat(first.exitStatus()).isEqualTo(128 + 9);

        PoroProcess.Result next = PoroProcess.run(directory, "GET a\n");

        assertThat(next.text()).isEqualTo("\"1\"\n");
        assertThat(next.errors).isEmpty();
    }

    @Test
    @Tag("R12")
    void aLogThatNobodyMayWriteIsRefusedByName() throws Exception {
        PoroProcess.run(directory, "SET a 1\n");
        Path log = directory.resolve("poro.wal");

        PoroProcess.Result refused = runOnReadOnly(log, "SET b 2\n");

        assertThat(refused.exitStatus).isEqualTo(1);
        assertThat(refused.text()).isEmpty();
        assertThat(refused.errors)
                .startsWith("poro: ")
                .contains("poro.wal")
                .containsPattern("poro\\.wal/\\.?LOCK: cannot (lock|open|create): \\S")
                .doesNotContain("\tat ");
        StopMessages.requireCompleteErrors(refused.errors);
        assertThat(PoroProcess.run(directory, "GET a\nGET b\n").text()).isEqualTo("\"1\"\n(nil)\n");
    }

    /** Permissions do not bind root: for root it takes a mount. */
    private PoroProcess.Result runOnReadOnly(Path log, String input) throws Exception {
        if (Files.getAttribute(log, "unix:uid").equals(0)) {
            Mount readOnly = Mount.readOnly(log);
            try (readOnly) {
                return PoroProcess.run(directory, input);
            }
        }
        Files.setPosixFilePermissions(log, PosixFilePermissions.fromString("r-xr-xr-x"));
        Files.setPosixFilePermissions(log.resolve("LOCK"), PosixFilePermissions.fromString("r--r--r--"));
        try {
            return PoroProcess.run(directory, input);
        } finally {
            Files.setPosixFilePermissions(log, PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.setPosixFilePermissions(log.resolve("LOCK"), PosixFilePermissions.fromString("rw-r--r--"));
        }
    }

    private static void set(PoroProcess poro, String key) throws Exception {
        poro.send("SET " + key + " 1\n");
        assertThat(poro.reply()).isEqualTo("OK");
    }
}
