package dev.poro.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import dev.poro.engine.SyncPolicy;
import dev.poro.engine.Threading;
import dev.poro.process.harness.PoroProcess;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A host program fills the heap, for seconds. Each set then happens or throws, closing returns, and what was
 * acknowledged is in the log.
 */
@Tag("R32")
class FullHeapIT {
    private static final int SEGMENT_LENGTH = 256 << 10;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource(Threading.class)
    void aFullHeapNeitherHangsNorLosesAnything(Threading threading) throws Exception {
        Path log = directory.resolve("log");
        List<String> command =
                PoroProcess.commandOf(FullHeap.class, log, SyncPolicy.EVERYSEC, threading, SEGMENT_LENGTH);
        command.add(command.indexOf("-cp"), "-Xmx24m");

        PoroProcess.Result result;
        try (PoroProcess host = PoroProcess.start(new ProcessBuilder(command))) {
            result = host.finish(new byte[0]);
        }

        assertThat(result.exitStatus).as(result.errors).isZero();
        List<String> lines = result.text().lines().toList();
        assertThat(lines).as(result.errors).hasSize(FullHeap.WRITERS + 1);
        try (Poro store = Poro.open(log)) {
            lines.subList(0, FullHeap.WRITERS).forEach(line -> requireAll(store, line.split(" ")));
        }
    }

    private static void requireAll(Poro store, String[] numbers) {
        assertThat(numbers.length).as("some were acknowledged").isGreaterThan(10);
        ByteBuffer key = ByteBuffer.allocate(FullHeap.KEY_LENGTH).putInt(0, Integer.parseInt(numbers[0]));
        for (int i = 1; i < numbers.length; i++) {
            key.putInt(Integer.BYTES, Integer.parseInt(numbers[i]));
            assertThat(store.get(key.array()))
                    .as("set %s of writer %s", numbers[i], numbers[0])
                    .isNotNull();
        }
    }
}
