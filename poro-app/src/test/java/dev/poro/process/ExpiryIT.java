package dev.poro.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.process.harness.PoroProcess;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A key that expires goes on to do so while no program runs: its time does not begin again. */
class ExpiryIT {
    private static final long TIME_TO_LIVE_MS = 1_000;

    @Test
    void whatExpiresWhileTheProgramIsDeadIsGone(@TempDir Path directory) throws Exception {
        long set;
        try (PoroProcess poro = PoroProcess.start(directory, "--wal", "log", "--sync", "always")) {
            poro.send("SET stays 1\nSET long 2 EX 1000\nSET s v PX " + TIME_TO_LIVE_MS + "\n");
            for (int i = 0; i < 3; i++) {
                assertThat(poro.reply()).isEqualTo("OK");
            }
            set = System.nanoTime();
            poro.kill();
        }
        long passed = (System.nanoTime() - set) / 1_000_000;
        Thread.sleep(Math.max(0, TIME_TO_LIVE_MS + 1 - passed));

        String input = "GET s\nTTL s\nEXISTS s\nGET stays\nTTL stays\nGET long\nEXISTS s stays long\n";
        PoroProcess.Result result = PoroProcess.run(directory, input, "--wal", "log");

        assertThat(result.errors).isEmpty();
        assertThat(result.text().lines())
                .containsExactly(
                        "(nil)", "(integer) -2", "(integer) 0", "\"1\"", "(integer) -1", "\"2\"", "(integer) 2");
        String left = PoroProcess.run(directory, "TTL long\n", "--wal", "log").text();
        assertThat(Integer.parseInt(left.replaceAll("[^0-9]", ""))).isBetween(1, 999);
    }
}
