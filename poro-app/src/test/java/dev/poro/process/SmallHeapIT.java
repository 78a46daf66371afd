package dev.poro.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Threading;
import dev.poro.process.harness.PoroProcess;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A store in a small heap, without direct memory, that is to take more than there is room for on the way. */
class SmallHeapIT {
    private static final int VALUES = 264;

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(Threading.class)
    @Tag("R33")
    void pipelinedLongValuesWaitForRoom(Threading threading) throws Exception {
        List<String> command =
                PoroProcess.commandOf(LongValuesMain.class, directory.resolve("poro.wal"), threading, VALUES);
        command.addAll(command.indexOf("-cp"), List.of("-Xmx64m", "-XX:MaxDirectMemorySize=8m"));
        try (PoroProcess program = PoroProcess.start(new ProcessBuilder(command))) {
            PoroProcess.Result result = program.finish(new byte[0]);

            assertThat(result.text()).as(result.errors).contains("keys: " + VALUES);
            assertThat(result.exitStatus).as(result.errors).isZero();
        }
    }
}
