package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import dev.poro.process.PoroProcess;
import dev.poro.wal.SyncPolicy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code poro verify}, {@code dump} and {@code stats} in processes of their own, on logs in each state. */
class LogCommandsIT {
    /** Of the frame that holds the first SET, in a log of which every frame holds one event. */
    private static final int SECOND_FRAME = 184;

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
            poro.set(new byte[] {'b', 0, (byte) 0xFF}, new byte[] {'"', '\n'});
            poro.set("c", "a longer value");
            poro.delete("a");
        }
    }

    @Test
    void verifyFindsACleanlyClosedLogSound() throws Exception {
        PoroProcess.Result result = run("verify");

        assertThat(result.exitStatus).isZero();
        assertThat(result.text())
                .contains("sequence  1 to 6")
                .contains("3 SET")
                .contains("1 DELETE")
                .contains("keys      2")
                .contains("agrees with 1 mark")
                .endsWith("verdict   sound, closed cleanly\n");
        assertThat(result.errors).isEmpty();
    }

    @Test
    void verifyWritesJsonWithWhatScriptsNeed() throws Exception {
        PoroProcess.Result result = run("verify", "--json");

        assertThat(result.text())
                .startsWith("{\"path\":")
                .contains("\"verdict\":\"SOUND\"", "\"firstSequence\":1", "\"lastSequence\":6", "\"events\":6")
                .contains("\"keys\":2", "\"digest\":\"", "\"droppedBytes\":0", "\"elapsedMillis\":")
                .hasLineCount(1);
    }

    @Test
    void verifyReportsAnUnforcedTailAndLeavesItAlone() throws Exception {
        Path segment = segment();
        try (FileChannel file = FileChannel.open(segment, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 100_000);
        }
        Map<Path, ByteBuffer> before = contents();

        PoroProcess.Result result = run("verify", "--json");

        assertThat(result.exitStatus).isEqualTo(1);
        assertThat(result.text()).contains("\"verdict\":\"UNFORCED_TAIL\"", "\"lastSequence\":6", "\"offset\":");
        assertThat(contents()).isEqualTo(before);
    }

    @Test
    void verifyAndThePromptRefuseAForcedFrameThatIsDamagedAndTouchNothing() throws Exception {
        flipBitAt(SECOND_FRAME + 50);
        Map<Path, ByteBuffer> before = contents();

        PoroProcess.Result verified = run("verify");
        PoroProcess.Result opened = PoroProcess.run(directory, "GET c\n");

        assertThat(verified.exitStatus).isEqualTo(2);
        assertThat(verified.text())
                .contains("verdict   DAMAGED", "0000000001.wal", "offset " + SECOND_FRAME, "sequence 2");
        assertThat(opened.exitStatus).isEqualTo(1);
        assertThat(opened.text()).isEmpty();
        assertThat(opened.errors).contains("0000000001.wal", "offset " + SECOND_FRAME, "sequence 2", "forced");
        assertThat(contents()).isEqualTo(before);
    }

    @Test
    void dumpPrintsTheEventsAsThePromptTakesThem() throws Exception {
        String text = run("dump").text();

        assertThat(text.lines().map(line -> line.replaceFirst(" \\S+Z ", " ")).toList())
                .startsWith(
                        "1 MEMORY_BUDGET 67108864 bytes",
                        "2 SET \"a\" \"1\"",
                        "3 SET \"b\\x00\\xff\" \"\\\"\\n\"",
                        "4 SET \"c\" \"a longer value\"",
                        "5 DELETE \"a\"")
                .last()
                .asString()
                .startsWith("6 CLEAN_CLOSE after sequence 5: 2 keys, digest ");
    }

    @Test
    void dumpPrintsARangeWithShortenedValuesAndJson() throws Exception {
        assertThat(run("dump", "--from", "4", "--to", "4", "--max-value", "8").text())
                .endsWith(" SET \"c\" \"a longer\"... (14 bytes)\n")
                .hasLineCount(1);
        assertThat(run("dump", "--json", "--from", "2", "--to", "3").text().lines())
                .satisfiesExactly(
                        first -> assertThat(first).contains("\"type\":\"SET\",\"key\":\"a\",\"value\":\"1\""),
                        second -> assertThat(second).contains("\"keyBase64\":\"YgD/\",\"value\":\"\\\"\\u000a\""));
    }

    @Test
    void statsShowSizesAndThePromiseOfEachPolicy() throws Exception {
        String text = run("stats").text();

        assertThat(text).contains("keys            2", "size class ");
        for (SyncPolicy policy : SyncPolicy.values()) {
            assertThat(text).contains(policy.promise());
        }
        assertThat(run("stats", "--json").text()).contains("\"keys\":2", "\"sizeClasses\":[{");
    }

    @Test
    void takesOneSegmentFile() throws Exception {
        PoroProcess.Result result =
                PoroProcess.run(directory, "", "verify", segment().toString());

        assertThat(result.exitStatus).isZero();
        assertThat(result.text()).contains("sequence  1 to 6");
    }

    @Test
    void tellsAnUnusablePathFromADamagedLog() throws Exception {
        assertThat(PoroProcess.run(directory, "", "verify", "nothing").exitStatus)
                .isEqualTo(3);
        assertThat(PoroProcess.run(directory, "", "verify", "--misspelt").exitStatus)
                .isEqualTo(3);
        assertThat(PoroProcess.run(directory, "", "dump", directory.toString()).errors)
                .contains("holds no log segment");
    }

    private PoroProcess.Result run(String... arguments) throws Exception {
        return PoroProcess.run(directory, "", arguments);
    }

    private Path segment() {
        return log.resolve("0000000001.wal");
    }

    private void flipBitAt(int offset) throws IOException {
        try (FileChannel file = FileChannel.open(segment(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            file.read(one, offset);
            file.write(ByteBuffer.wrap(new byte[] {(byte) (one.get(0) ^ 1)}), offset);
        }
    }

    private Map<Path, ByteBuffer> contents() throws IOException {
        Map<Path, ByteBuffer> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(log)) {
            for (Path file : files.toList()) {
                contents.put(file, ByteBuffer.wrap(Files.readAllBytes(file)));
            }
        }
        return contents;
    }
}
