package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import dev.poro.engine.SyncPolicy;
import dev.poro.process.harness.PoroProcess;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code poro tail --follow} beside a store in another process. */
class TailCommandIT {
    private static final int ENDED_BY_CTRL_C = 128 + 2;

    @TempDir
    private Path directory;

    @Test
    @Tag("R35")
    void showsWhatTheStoreGoesOnToWriteUntilCtrlC() throws Exception {
        try (Poro poro = open();
                PoroProcess tail = PoroProcess.start(directory, "tail", "--follow", "--old", "poro.wal")) {
            poro.set("a", "0");
            for (int i = 1; i <= 200; i++) {
                poro.set("a", Integer.toString(i));
                if (i % 90 == 0) {
                    poro.snapshot();
                }
            }
            String line = tail.reply();
            while (!line.endsWith("SET \"a\" \"200\" was \"199\"")) {
                assertThat(line).contains(" SET \"a\" ");
                line = tail.reply();
            }
            poro.delete("a");
            assertThat(tail.reply()).startsWith(poro.sequence() + " ").endsWith("Z DELETE \"a\" was \"200\"");

            new ProcessBuilder("kill", "-INT", Long.toString(tail.pid()))
                    .start()
                    .waitFor();
            PoroProcess.Result ended = tail.finish(new byte[0]);
            assertThat(ended.exitStatus).isEqualTo(ENDED_BY_CTRL_C);
            assertThat(ended.text() + ended.errors).isEmpty();
        }
    }

    private Poro open() {
        return Poro.at(directory.resolve("poro.wal"))
                .memory(16 << 20)
                .sync(SyncPolicy.OS)
                .segmentLength(16 << 10)
                .open();
    }
}
