package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import dev.poro.engine.StopMessages;
import dev.poro.engine.SyncPolicy;
import dev.poro.events.EventType;
import dev.poro.process.harness.PoroProcess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The subcommands, which all take a log, on logs in each state: each in a process of its own, most here as well. */
class LogCommandsIT {
    /** Of the frame that holds the first SET, in a log of which every frame holds one event. */
    private static final int SECOND_FRAME = 184;

    private static final int FOURTH_FRAME = 296;

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
                .contains("sequence  1 to 5")
                .contains("3 SET")
                .contains("1 DELETE")
                .contains("keys      2")
                .contains("agrees with 1 mark")
                .endsWith("verdict   sound, closed cleanly\n");
        assertThat(result.errors).isEmpty();
    }

    @Test
    void verifyWritesJsonWithWhatScriptsNeed() throws Exception {
        ToolRun result = ToolRun.here("verify", "--json", log);

        assertThat(result.out())
                .startsWith("{\"path\":")
                .contains("\"verdict\":\"SOUND\"", "\"firstSequence\":1", "\"lastSequence\":5", "\"events\":5")
                .contains("\"keys\":2", "\"digest\":\"", "\"droppedBytes\":0", "\"elapsedMillis\":")
                .containsPattern(Arrays.stream(EventType.values())
                        .filter(type -> type != EventType.REQUIRE && type != EventType.CLIENT)
                        .map(type -> "\"" + type + "\":[0-9]+")
                        .collect(Collectors.joining(",", "\"eventsByType\":\\{", "\\}")))
                .hasLineCount(1);
    }

    @Test
    void verifyReportsAnUnforcedTailAndLeavesItAlone() throws Exception {
        tearTail();
        Map<Path, ByteBuffer> before = contents();

        ToolRun result = ToolRun.here("verify", "--json", log);

        assertThat(result.status()).isEqualTo(1);
        assertThat(result.out()).contains("\"verdict\":\"UNFORCED_TAIL\"", "\"lastSequence\":5", "\"offset\":");
        assertThat(contents()).isEqualTo(before);
    }

    @Test
    void verifyAndThePromptRefuseAForcedFrameThatIsDamagedAndTouchNothing() throws Exception {
        flipBitAt(SECOND_FRAME + 50);
        Map<Path, ByteBuffer> before = contents();

        ToolRun verified = ToolRun.here("verify", log);
        PoroProcess.Result opened = PoroProcess.run(directory, "GET c\n");

        assertThat(verified.status()).isEqualTo(2);
        assertThat(verified.out())
                .contains("verdict   DAMAGED", "0000000001.wal", "offset " + SECOND_FRAME, "sequence 2");
        assertThat(opened.exitStatus).isEqualTo(1);
        assertThat(opened.text()).isEmpty();
        assertThat(opened.errors).contains("0000000001.wal", "offset " + SECOND_FRAME, "sequence 2", "forced");
        StopMessages.requireCompleteErrors(opened.errors);
        assertThat(contents()).isEqualTo(before);
    }

    @Test
    void dumpPrintsTheEventsAsThePromptTakesThem() throws Exception {
        String text = ToolRun.here("dump", log).out();

        assertThat(text.lines().map(line -> line.replaceFirst(" \\S+Z ", " ")).toList())
                .startsWith(
                        "1 MEMORY_BUDGET 67108864 bytes",
                        "2 SET \"a\" \"1\"",
                        "3 SET \"b\\x00\\xff\" \"\\\"\\n\"",
                        "4 SET \"c\" \"a longer value\"",
                        "5 DELETE \"a\"")
                .last()
                .asString()
                .startsWith("- CLEAN_CLOSE after sequence 5: 2 keys, digest ");
    }

    @Test
    void dumpPrintsARangeWithShortenedValuesAndJson() throws Exception {
        assertThat(ToolRun.here("dump", "--from", 4, "--to", 4, "--max-value", 8, log)
                        .out())
                .endsWith(" SET \"c\" \"a longer\"... (14 bytes)\n")
                .hasLineCount(1);
        assertThat(ToolRun.here("dump", "--json", "--from", 2, "--to", 3, log)
                        .out()
                        .lines())
                .allMatch(line -> line.matches(".*\"timestamp\":\"[0-9-]{10}T[0-9:]{8}\\.[0-9]{3}Z\".*"))
                .satisfiesExactly(
                        first -> assertThat(first).contains("\"type\":\"SET\",\"key\":\"a\",\"value\":\"1\""),
                        second -> assertThat(second).contains("\"keyBase64\":\"YgD/\",\"value\":\"\\\"\\u000a\""));
    }

    @Test
    void statsShowSizesAndThePromiseOfEachPolicy() throws Exception {
        String text = ToolRun.here("stats", log).out();

        assertThat(text).contains("keys            2", "size class ");
        for (SyncPolicy policy : SyncPolicy.values()) {
            assertThat(text).contains(policy.promise());
        }
        assertThat(ToolRun.here("stats", "--json", log).out()).contains("\"keys\":2", "\"sizeClasses\":[{");
    }

    @Test
    @Tag("R36")
    void getShowsOneValueAndWritesNothing() throws Exception {
        Map<Path, ByteBuffer> before = contents();

        PoroProcess.Result there = run("get", "c");
        ToolRun absent = ToolRun.here("get", log, "a");
        ToolRun raw = ToolRun.here("get", "--raw", log, "c");
        PoroProcess.Result looked = PoroProcess.run(directory, "GET c\nSET c 2\n", "--read-only");

        assertThat(there.text()).isEqualTo("\"a longer value\"\n");
        assertThat(there.exitStatus).isZero();
        assertThat(absent.out()).isEqualTo("(nil)\n");
        assertThat(absent.status()).isEqualTo(ExitStatus.ABSENT);
        assertThat(raw.out()).isEqualTo("a longer value");
        assertThat(looked.text()).startsWith("\"a longer value\"\n(error) ERR SET is refused");
        assertThat(looked.exitStatus).isEqualTo(ExitStatus.FAILURE);
        assertThat(contents()).isEqualTo(before);
        assertThat(directory.toFile().list()).containsExactly("poro.wal");
    }

    @Test
    void takesOneSegmentFile() throws Exception {
        ToolRun result = ToolRun.here("verify", segment());

        assertThat(result.status()).isZero();
        assertThat(result.out()).contains("sequence  1 to 5");
    }

    @Test
    void tellsAnUnusablePathFromADamagedLog() {
        assertThat(Refusal.of("verify", directory.resolve("nothing").toString()).exitStatus())
                .isEqualTo(3);
        assertThat(Refusal.of("verify", "--misspelt").exitStatus()).isEqualTo(2);
        assertThat(Refusal.of("dump", directory.toString()).errors()).contains("holds no log segment");
    }

    @Test
    @Tag("R11")
    void verifyListsEveryProblemAndWhatLiesBesideTheLog() throws Exception {
        flipBitAt(SECOND_FRAME + 50);
        flipBitAt(FOURTH_FRAME + 45);
        Files.write(log.resolve("0000000001.wal.4096.quarantine"), new byte[] {1});

        ToolRun result = ToolRun.here("verify", log);
        ToolRun json = ToolRun.here("verify", "--json", log);

        assertThat(result.status()).isEqualTo(2);
        assertThat(result.out())
                .contains("problem   ", "offset 184 to 240 (56 bytes): frame body fails its checksum; sequence 2 is")
                .contains("offset 296 to 360 (64 bytes): frame body fails its checksum; sequence 4 is missing")
                .contains("0000000001.wal.4096.quarantine: a copy", "after it they cannot be checked")
                .contains("poro verify", "poro salvage " + log + " NEW");
        assertThat(json.out())
                .contains("\"problemCount\":2", "\"problems\":[{\"file\":", "\"offset\":296,\"bytes\":64")
                .contains("\"firstSequence\":4,\"lastSequence\":4")
                .contains("\"notes\":[");
    }

    @Test
    @Tag("R9")
    void repairCutsATornTailAndLeavesNothingForAnOpeningToDo() throws Exception {
        tearTail();
        Map<Path, ByteBuffer> before = contents();

        ToolRun planned = ToolRun.here("repair", "--dry-run", log);
        assertThat(planned.status()).isZero();
        assertThat(planned.out()).contains("to be repaired, nothing was changed");
        assertThat(contents()).isEqualTo(before);

        PoroProcess.Result repaired = run("repair");
        assertThat(repaired.exitStatus).isZero();
        assertThat(repaired.text())
                .contains("kept      sequence 1 to 5, 5 events in 1 segment\n")
                .containsPattern("cut       0000000001.wal: [0-9,]+ bytes from offset (\\d+) on, copy in"
                        + " 0000000001.wal.\\1.quarantine")
                .endsWith("verdict   repaired\n");
        assertThat(ToolRun.here("verify", log).out()).contains("sound, closed cleanly");
        PoroProcess.Result opened = PoroProcess.run(directory, "GET c\n");
        assertThat(opened.errors).isEmpty();
        assertThat(opened.text()).isEqualTo("\"a longer value\"\n");
        assertThat(ToolRun.here("repair", "--json", log).out()).contains("\"verdict\":\"SOUND\"", "\"cuts\":[]");
    }

    @Test
    @Tag("R7")
    void repairRefusesDamageAndTouchesNothing() throws Exception {
        flipBitAt(SECOND_FRAME + 50);
        Map<Path, ByteBuffer> before = contents();

        ToolRun refused = ToolRun.here("repair", log);

        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.out())
                .contains("DAMAGED, nothing was changed", "0000000001.wal", "offset 184", "sequence 2", "poro salvage");
        assertThat(contents()).isEqualTo(before);
    }

    @Test
    @Tag("R21")
    void repairAndSalvageLeaveALogAloneThatAStoreHasOpen() throws Exception {
        try (PoroProcess store = PoroProcess.start(directory)) {
            store.send("GET c\n");
            store.reply();
            ToolRun repaired = ToolRun.here("repair", log);
            ToolRun salvaged = ToolRun.here("salvage", log, directory.resolve("new.wal"));

            assertThat(repaired.status()).isEqualTo(1);
            assertThat(salvaged.status()).isEqualTo(3);
            assertThat(repaired.err())
                    .contains("open in another process (pid ", log.toRealPath().toString());
            StopMessages.requireCompleteErrors(repaired.err());
            assertThat(salvaged.err()).isEqualTo(repaired.err());
            assertThat(directory.toFile().list()).containsExactly("poro.wal");
        }
    }

    @Test
    @Tag("R11")
    void salvageMakesASoundLogOfWhatIsWholeAndLeavesTheOldOneAlone() throws Exception {
        flipBitAt(SECOND_FRAME + 50);
        Map<Path, ByteBuffer> before = contents();

        ToolRun planned = ToolRun.here("salvage", "--dry-run", log);
        ToolRun salvaged = ToolRun.here("salvage", log, directory.resolve("new.wal"));

        assertThat(planned.status()).isEqualTo(1);
        assertThat(planned.out()).contains("nothing was written");
        assertThat(salvaged.status()).isEqualTo(1);
        assertThat(salvaged.out())
                .contains("kept      4 events in 5 frames", "sequence 2 is missing", "1 event known to be missing")
                .endsWith("verdict   INCOMPLETE, " + directory.resolve("new.wal") + " has sequence 1 to 4\n");
        assertThat(contents()).isEqualTo(before);
        ToolRun verified = ToolRun.here("verify", directory.resolve("new.wal"));
        assertThat(verified.status()).isZero();
        assertThat(verified.out()).contains("agrees with 1 mark", "sound, closed cleanly");
        try (Poro poro = Poro.open(directory.resolve("new.wal"))) {
            assertThat(poro.get("a")).isNull();
            assertThat(poro.get("c")).isEqualTo("a longer value");
        }
    }

    @Test
    @Tag("R11")
    void salvageOfASoundLogIsComplete() throws Exception {
        ToolRun salvaged = ToolRun.here("salvage", "--json", log, directory.resolve("new.wal"));

        assertThat(salvaged.status()).isZero();
        assertThat(salvaged.out())
                .contains("\"complete\":true", "\"eventsKept\":5", "\"problems\":[]", "\"newLastSequence\":5");
    }

    @Test
    void salvageRefusesATargetThatIsNotNew() {
        String old = log.toString();
        String target = directory.resolve("new.wal").toString();
        for (String[] arguments : new String[][] {
            {"salvage"},
            {"salvage", old, old},
            {"salvage", directory.resolve("nothing").toString(), target},
            {"salvage", old, directory.toString()},
            {"salvage", old, directory.resolve("new.unfinished").toString()},
            {"salvage", "--memory", "1", old, target}
        }) {
            boolean isUsage = arguments.length == 1 || arguments.length == 5;
            Refusal refused = Refusal.of(arguments);
            assertThat(refused.exitStatus()).as(String.join(" ", arguments)).isEqualTo(isUsage ? 2 : 3);
            assertThat(refused.errors()).startsWith("poro: ").doesNotContain("Exception");
        }
        assertThat(directory.toFile().list()).containsExactly("poro.wal");
    }

    @Test
    @Tag("R11")
    void aKilledSalvageLeavesNoLogThatIsNotWhole() throws Exception {
        Path target = directory.resolve("new.wal");
        Path unfinished = directory.resolve("new.wal.unfinished");
        for (int round = 0; round < 2; round++) {
            Map<Path, ByteBuffer> before = contents();
            try (PoroProcess salvage = PoroProcess.start(directory, "salvage", "poro.wal", "new.wal")) {
                while (!Files.exists(unfinished) && !Files.exists(target)) {
                    Thread.sleep(1 + round);
                }
                salvage.kill();
            }
            assertThat(contents()).isEqualTo(before);
            if (Files.exists(target)) {
                assertThat(ToolRun.here("verify", target).status()).isZero();
                return;
            }
            assertThat(ToolRun.here("salvage", log, target).err()).contains("new.wal.unfinished", "Delete it");
            deleteAll(unfinished);
        }
    }

    private static void deleteAll(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }

    private void tearTail() throws IOException {
        try (FileChannel file = FileChannel.open(segment(), StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 100_000);
        }
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
