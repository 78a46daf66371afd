package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.DamagedFile;
import dev.poro.engine.Poro;
import dev.poro.engine.Retention;
import dev.poro.engine.SyncPolicy;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

/** What every tool says of every kind of log, and exits with. Those that only read change nothing. */
@Tag("R35")
@ResourceLock(Resources.SYSTEM_ERR)
class ToolSayingsTest {
    private static final String FIRST = "0000000001.wal";
    private static final String SECOND = "0000000002.wal";

    @TempDir
    private static Path originals;

    @TempDir
    private Path directory;

    /** The state of a log. */
    private enum State {
        CLEANLY_CLOSED,
        SOUND,
        TORN_TAIL,
        LAST_FORCED_EVENT_FLIPPED,
        DAMAGED_IN_THE_MIDDLE,
        SEGMENT_MISSING,
        ALL_SEGMENTS_MISSING,
        NEWEST_SNAPSHOT_DAMAGED,
        EMPTY_DIRECTORY,
        NO_LOG
    }

    /** The tools, with NEW for a directory that is not there. */
    private enum Tool {
        VERIFY("verify LOG"),
        DUMP("dump LOG"),
        TAIL("tail LOG"),
        STATS("stats LOG"),
        BACKUP("backup LOG NEW"),
        RESTORE("restore LOG NEW"),
        RESTORE_DRY("restore --dry-run LOG"),
        SALVAGE("salvage LOG NEW"),
        SALVAGE_DRY("salvage --dry-run LOG"),
        REPAIR_DRY("repair --dry-run LOG"),
        REPAIR("repair LOG"),
        SNAPSHOT("snapshot LOG");

        private final String command;

        Tool(String command) {
            this.command = command;
        }

        boolean onlyReads() {
            return this != REPAIR && this != SNAPSHOT;
        }
    }

    /** What a tool must say: a status, and words. */
    private record Saying(int status, List<String> words) {
        Saying(int status, String... words) {
            this(status, List.of(words));
        }
    }

    @BeforeAll
    static void writeLogs() throws IOException {
        Path log = originals.resolve("log");
        try (Poro store = open(log)) {
            fill(store);
            store.snapshot();
            store.set("a", "1");
            store.snapshot();
            store.set("b", "2");
            store.set("last", "v".repeat(100));
            copy(log, originals.resolve(State.SOUND.name()));
        }
        copy(log, originals.resolve(State.CLEANLY_CLOSED.name()));
        Path sound = originals.resolve(State.SOUND.name());
        String last = lastSegment(sound);
        int end = endOf(sound.resolve(last));
        DamagedFile.flip(variant(State.LAST_FORCED_EVENT_FLIPPED).resolve(last), end - 20);
        DamagedFile.flip(variant(State.TORN_TAIL).resolve(last), end + 80);
        DamagedFile.flip(withoutSnapshots(variant(State.DAMAGED_IN_THE_MIDDLE)).resolve(FIRST), 300);
        Files.delete(withoutSnapshots(variant(State.SEGMENT_MISSING)).resolve(SECOND));
        Path emptied = originals.resolve(State.ALL_SEGMENTS_MISSING.name());
        copy(originals.resolve(State.CLEANLY_CLOSED.name()), emptied);
        for (Path file : files(withoutSnapshots(emptied))) {
            if (file.toString().endsWith(".wal")) {
                Files.delete(file);
            }
        }
        DamagedFile.flip(newestSnapshot(variant(State.NEWEST_SNAPSHOT_DAMAGED)), 200);
        Files.createDirectory(originals.resolve(State.EMPTY_DIRECTORY.name()));
    }

    private static Poro open(Path log) {
        return Poro.at(log)
                .sync(SyncPolicy.ALWAYS)
                .memory(1 << 20)
                .segmentLength(16 << 10)
                .retain(Retention.ALL)
                .open();
    }

    private static void fill(Poro store) {
        for (int i = 0; i < 60; i++) {
            store.set("key-" + i, "v".repeat(1_000));
        }
    }

    private static Saying expected(State state, Tool tool) {
        switch (state) {
            case CLEANLY_CLOSED:
                return sound(tool, "sound, closed cleanly");
            case SOUND:
                return sound(tool, "sound, not closed cleanly");
            case TORN_TAIL:
            case LAST_FORCED_EVENT_FLIPPED:
                return tail(tool);
            case DAMAGED_IN_THE_MIDDLE:
                return damaged(tool, "checksum");
            case SEGMENT_MISSING:
                return damaged(tool, "missing");
            case NEWEST_SNAPSHOT_DAMAGED:
                return damagedSnapshot(tool);
            case ALL_SEGMENTS_MISSING:
                return allMissing(tool);
            case EMPTY_DIRECTORY:
                return new Saying(3, "holds no log segment");
            case NO_LOG:
                return new Saying(3, "o such");
        }
        throw new AssertionError(state);
    }

    private static Saying sound(Tool tool, String verdict) {
        switch (tool) {
            case VERIFY:
                return new Saying(0, "verdict   " + verdict);
            case DUMP:
            case TAIL:
                return new Saying(0, "\"last\" \"vvv");
            case STATS:
                return new Saying(0, "keys            63");
            case BACKUP:
                return new Saying(0, "verdict   complete, read back and replayed");
            case RESTORE:
                return new Saying(0, "is restored, read back and replayed");
            case RESTORE_DRY:
                return new Saying(0, "can be restored, nothing was written");
            case SALVAGE:
            case SALVAGE_DRY:
                return new Saying(0, "verdict   complete");
            case REPAIR:
            case REPAIR_DRY:
                return new Saying(0, "sound, nothing to repair");
            case SNAPSHOT:
                return new Saying(0, "keys      63");
        }
        throw new AssertionError(tool);
    }

    /** Whether anything was lost nobody can say; that something may have been, all do. */
    private static Saying tail(Tool tool) {
        switch (tool) {
            case VERIFY:
                return new Saying(1, "verdict   unforced tail", "Nothing in the log shows", "missing");
            case DUMP:
            case TAIL:
            case STATS:
                return new Saying(1, "Nothing in the log shows", "was ever forced");
            case BACKUP:
                return new Saying(1, "nothing shows that what follows was forced", "may be missing", "LEFT OUT");
            case RESTORE:
                return new Saying(1, "nothing shows that what follows was forced", "is restored", "LEFT OUT");
            case RESTORE_DRY:
                return new Saying(1, "nothing shows that what follows was forced", "can be restored", "LEFT OUT");
            case SALVAGE:
            case SALVAGE_DRY:
                return new Saying(1, "missing", "verdict   INCOMPLETE");
            case REPAIR_DRY:
                return new Saying(0, "cut  ", "copy in", "to be repaired, nothing was changed");
            case REPAIR:
                return new Saying(0, "cut  ", "copy in", "verdict   repaired");
            case SNAPSHOT:
                return new Saying(1, "sequence  ", "opening cuts it off and keeps a copy", "has happened now");
        }
        throw new AssertionError(tool);
    }

    private static Saying damaged(Tool tool, String cause) {
        switch (tool) {
            case VERIFY:
                return new Saying(2, "verdict   DAMAGED", cause, "opening refuses and changes nothing");
            case DUMP:
            case STATS:
            case REPAIR:
            case REPAIR_DRY:
                return new Saying(2, cause, "opening refuses and changes nothing");
            case TAIL:
            case BACKUP:
            case SNAPSHOT:
                return new Saying(2, cause);
            case RESTORE:
            case RESTORE_DRY:
                return new Saying(3, cause, "cannot be restored", "Restorable is sequence 1 ");
            case SALVAGE:
            case SALVAGE_DRY:
                return new Saying(1, cause, "missing", "verdict   INCOMPLETE");
        }
        throw new AssertionError(tool);
    }

    /** There is nothing to make anything of; but there was. */
    private static Saying allMissing(Tool tool) {
        switch (tool) {
            case RESTORE:
            case RESTORE_DRY:
            case SALVAGE:
            case SALVAGE_DRY:
                return new Saying(3, "all segments of the log are missing", "Restore the file from a copy");
            default:
                return new Saying(2, "all segments of the log are missing", "Restore the file from a copy");
        }
    }

    private static Saying damagedSnapshot(Tool tool) {
        switch (tool) {
            case VERIFY:
                return new Saying(2, "verdict   sound, not closed cleanly", "SNAPSHOT DAMAGED", "checksum");
            case BACKUP:
                return new Saying(1, ".snapshot", "checksum", "LEFT OUT");
            case RESTORE:
            case RESTORE_DRY:
                return new Saying(0, ".snapshot", "checksum");
            case REPAIR:
                return new Saying(0, "set aside", ".snapshot", "checksum", "verdict   repaired");
            case REPAIR_DRY:
                return new Saying(0, "set aside", ".snapshot", "checksum", "to be repaired");
            default:
                return sound(tool, "");
        }
    }

    @ParameterizedTest
    @EnumSource(State.class)
    void everyToolSaysWhatIsThereAndWhatIsNot(State state) throws Exception {
        for (Tool tool : Tool.values()) {
            Path log = directory.resolve(state + "-" + tool);
            if (Files.exists(originals.resolve(state.name()))) {
                copy(originals.resolve(state.name()), log);
            }
            Map<String, ByteBuffer> before = contents(log);
            Saying expected = expected(state, tool);

            Said said = run(tool.command, log);

            assertThat(said.text).as("%s of %s", tool, state).contains(expected.words());
            assertThat(said.status).as("%s of %s: %s", tool, state, said.text).isEqualTo(expected.status);
            if (tool.onlyReads()) {
                assertThat(contents(log)).as("%s of %s", tool, state).isEqualTo(before);
            }
        }
    }

    /** One form of times everywhere: the dump's are those of its JSON and of a restore. */
    @Test
    void timesHaveOneForm() throws Exception {
        String time = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z";
        Path log = originals.resolve(State.SOUND.name());
        assertThat(run("dump LOG", log).text).containsPattern("\n2 " + time + " SET");
        assertThat(run("dump --json LOG", log).text).containsPattern("\"timestamp\":\"" + time + "\"");
        assertThat(run("restore --dry-run LOG", log).text).containsPattern("until     sequence \\d+, " + time);
        assertThat(run("restore --dry-run --json LOG", log).text).containsPattern("\"lastTimestamp\":\"" + time + "\"");
    }

    private record Said(int status, String text) {}

    /** Runs a subcommand as the program does, but in this process. */
    private Said run(String command, Path log) throws Exception {
        Map<String, String> paths = Map.of("LOG", log.toString(), "NEW", log + ".new");
        String[] arguments = Stream.of(command.split(" ", -1))
                .map(word -> paths.getOrDefault(word, word))
                .toArray(String[]::new);
        CommandLine program = Main.commandLine();
        CommandLine.ParseResult parsed = program.parseArgs(arguments).subcommand();
        CommandLine subcommand = parsed.commandSpec().commandLine();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream errors = System.err;
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        int status;
        try {
            ReplyStream out = new ReplyStream(bytes);
            LogCommand tool = (LogCommand) subcommand.getCommand();
            status = tool.call(out);
        } catch (IOException | RuntimeException e) {
            status = program.getExecutionExceptionHandler().handleExecutionException(e, subcommand, parsed);
        } finally {
            System.setErr(errors);
        }
        return new Said(status, bytes.toString(StandardCharsets.UTF_8));
    }

    private static Path variant(State state) throws IOException {
        Path copy = originals.resolve(state.name());
        copy(originals.resolve(State.SOUND.name()), copy);
        return copy;
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectory(to);
        for (Path file : files(from)) {
            Files.copy(file, to.resolve(file.getFileName()));
        }
    }

    private static Path withoutSnapshots(Path log) throws IOException {
        for (Path file : files(log)) {
            if (file.toString().endsWith(".snapshot")) {
                Files.delete(file);
            }
        }
        return log;
    }

    private static Path newestSnapshot(Path log) throws IOException {
        return files(log).stream()
                .filter(file -> file.toString().endsWith(".snapshot"))
                .reduce((one, other) -> other)
                .orElseThrow();
    }

    private static String lastSegment(Path log) throws IOException {
        String last = FIRST;
        for (Path file : files(log)) {
            if (file.toString().endsWith(".wal") && endOf(file) > 128) {
                last = file.getFileName().toString();
            }
        }
        return last;
    }

    private static int endOf(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] == 0) {
            end--;
        }
        return end;
    }

    private static List<Path> files(Path log) throws IOException {
        try (Stream<Path> files = Files.list(log)) {
            return new ArrayList<>(files.sorted().toList());
        }
    }

    private static Map<String, ByteBuffer> contents(Path log) throws IOException {
        Map<String, ByteBuffer> contents = new TreeMap<>();
        if (Files.exists(log)) {
            for (Path file : files(log)) {
                contents.put(file.getFileName().toString(), ByteBuffer.wrap(Files.readAllBytes(file)));
            }
        }
        return contents;
    }
}
