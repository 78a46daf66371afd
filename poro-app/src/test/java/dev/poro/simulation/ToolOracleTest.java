package dev.poro.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import dev.poro.cli.ToolRun;
import dev.poro.simulation.ToolOracle.Found;
import dev.poro.wal.RecoveryReport.Verdict;
import dev.poro.wal.simulated.SimulatedFileSystem;
import dev.poro.wal.simulated.SimulatedStorage;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What judges tools notices one that says too little, or something else than opening does. */
class ToolOracleTest {
    private static final String TAIL =
            "/simulated/0000000001.wal: the log ends at offset 184 after sequence 1: frame body"
                    + " fails its checksum. Nothing in the log shows that what follows (96 bytes) "
                    + "was ever forced; opening cuts"
                    + " it off and keeps a copy beside it.";
    private static final String DAMAGED = "/simulated/0000000001.wal: damaged at offset 184 (sequence 2): frame body"
            + " fails its checksum. Restore the file from a copy.";

    private static final Found TAIL_FOUND = new Found(true, Verdict.UNFORCED_TAIL, 1);
    private static final Found DAMAGE_FOUND = new Found(true, Verdict.DAMAGED, -1);

    private final SimulatedStorage log = new SimulatedStorage();

    @Test
    void aSoundLogIsReadFromWhatWasThereToWhatIsThere() {
        ToolRun verified = run("verify", 0, "sequence  1 to 7\n", "");
        assertThatNoException().isThrownBy(() -> ToolOracle.requireSound(verified, 5, 7));
        requireRefused("there was 8 before", () -> ToolOracle.requireSound(verified, 8, 9));
        requireRefused("6 afterwards", () -> ToolOracle.requireSound(verified, 2, 6));
        ToolRun dumped = run("dump", 0, "1 1970-01-01T00:16:40Z MEMORY_BUDGET 4096 bytes\n", "");
        assertThatNoException().isThrownBy(() -> ToolOracle.requireSound(dumped, 1, 1));
        requireRefused("there was 2 before", () -> ToolOracle.requireSound(dumped, 2, 2));
    }

    @Test
    void whoCallsASoundLogDamagedIsRefused() {
        requireRefused("the log is sound", () -> ToolOracle.requireSound(run("verify", 2, DAMAGED, ""), 0, 9));
        requireRefused(
                "complains of a sound log", () -> ToolOracle.requireSound(run("dump", 0, "", "poro: " + TAIL), 0, 9));
    }

    @Test
    void aTailIsOneAndDamageTwo() {
        ToolOracle.requireAgreement(run("verify", 1, TAIL, ""), TAIL_FOUND, false);
        ToolOracle.requireAgreement(run("dump", 1, "", "poro: " + TAIL), TAIL_FOUND, false);
        ToolOracle.requireAgreement(run("backup", 1, TAIL, ""), TAIL_FOUND, false);
        ToolOracle.requireAgreement(run("verify", 2, DAMAGED, ""), DAMAGE_FOUND, true);
        ToolOracle.requireAgreement(run("restore", 3, "", "poro: " + DAMAGED), DAMAGE_FOUND, true);
        requireRefused("should exit", () -> ToolOracle.requireAgreement(run("verify", 0, "", ""), TAIL_FOUND, false));
        requireRefused("should exit", () -> ToolOracle.requireAgreement(run("backup", 0, "", ""), TAIL_FOUND, false));
        requireRefused(
                "should exit", () -> ToolOracle.requireAgreement(run("verify", 1, TAIL, ""), DAMAGE_FOUND, true));
    }

    @Test
    void whoDoesNotSayWhereAndWhatToDoIsRefused() {
        requireRefused("names no file", () -> ToolOracle.requireAgreement(run("backup", 1, "", ""), TAIL_FOUND, false));
        for (String word : new String[] {"offset 184", "sequence 1"}) {
            ToolRun silent = run("verify", 1, TAIL.replace(word, ""), "");
            requireRefused(
                    "names no " + word.substring(0, word.indexOf(' ')),
                    () -> ToolOracle.requireAgreement(silent, TAIL_FOUND, false));
        }
        ToolRun helpless = run("verify", 1, TAIL.substring(0, TAIL.indexOf("Nothing")), "");
        requireRefused("names no remedy", () -> ToolOracle.requireAgreement(helpless, TAIL_FOUND, false));
    }

    @Test
    void aToolRunsOnTheSimulatedDisk() {
        SimulatedFileSystem files = new SimulatedFileSystem(log, new Random(1), () -> {});
        ToolRun run = new ToolOracle(files, new Random(1)).run("verify");
        assertThat(run.status()).isEqualTo(3);
        assertThat(run.err()).startsWith("poro: /simulated holds no log segment");
        ToolOracle.requireAgreement(run, new Found(false, Verdict.SOUND, 0), false);
    }

    private static void requireRefused(String why, Runnable judging) {
        assertThatExceptionOfType(AssertionError.class).isThrownBy(judging::run).withMessageContaining(why);
    }

    private static ToolRun run(String command, int status, String out, String err) {
        return new ToolRun(command, status, out, err);
    }
}
