package dev.poro.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import dev.poro.engine.SyncPolicy;
import dev.poro.events.TestScale;
import dev.poro.process.harness.Mount;
import dev.poro.process.harness.PoroProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The real tools in processes of their own beside a store that writes as fast as it can, begins a segment at each
 * megabyte or sooner, and often takes snapshots and releases what is behind them.
 */
@Tag("R35")
class ReadersBesideAWriterIT {
    private static final int SEGMENT_LENGTH = TestScale.choose(1 << 18, 1 << 20);
    private static final int ROUNDS = TestScale.choose(1, 10);
    private static final String VALUE = "v".repeat(4096);

    @TempDir
    private Path directory;

    private Path log;
    private volatile boolean stopped;

    private static List<SyncPolicy> policies() {
        return TestScale.ENABLED ? List.of(SyncPolicy.values()) : List.of(SyncPolicy.EVERYSEC);
    }

    @ParameterizedTest
    @MethodSource("policies")
    void findTheLogSoundAndEnd(SyncPolicy policy) throws Exception {
        besideAWriter(policy, () -> {
            List<String> said = new ArrayList<>();
            for (int round = 1; round <= ROUNDS; round++) {
                Path backup = directory.resolve("backup" + round);
                Path restored = directory.resolve("restored" + round);
                say(said, "verify", log);
                say(said, "backup", log, backup);
                if (policy == SyncPolicy.EVERYSEC) {
                    say(said, "dump", "--max-value", "0", log);
                    say(said, "stats", log);
                    say(said, "restore", log, restored);
                    say(said, "salvage", "--dry-run", log);
                }
                delete(backup);
                delete(restored);
            }
            assertThat(said).isEmpty();
        });
    }

    @Test
    void backUpInTheProcessOfTheStoreEndsToo() throws Exception {
        besideAWriter(SyncPolicy.OS, store -> {
            for (int round = 1; round <= 3; round++) {
                Path backup = directory.resolve("backup" + round);
                long before = store.sequence();
                assertThat(store.backup(backup).lastSequence()).isGreaterThanOrEqualTo(before);
                delete(backup);
            }
        });
    }

    /** A rename cannot put a directory there: all the copying would be for nothing. */
    @Test
    void aBackupIntoAMountPointIsRefusedBeforeAnythingIsCopied() throws Exception {
        PoroProcess.run(directory, "SET a 1\n");
        Path point = directory.resolve("mounted");
        Mount mount = Mount.tmpfs(point, 4 << 20);
        try (mount) {
            PoroProcess.Result refused = PoroProcess.run(directory, "", "backup", "poro.wal", "mounted");

            assertThat(refused.exitStatus).isEqualTo(3);
            assertThat(refused.errors).contains("mounted is a mount point", "Name a new directory in it");
            assertThat(directory.resolve("mounted.unfinished")).doesNotExist();
            assertThat(PoroProcess.run(directory, "", "backup", "poro.wal", "mounted/new").exitStatus)
                    .isZero();
        }
    }

    private interface Reading {
        void run(Poro store) throws Exception;
    }

    private interface ReadingOutside {
        void run() throws Exception;
    }

    private void besideAWriter(SyncPolicy policy, ReadingOutside reading) throws Exception {
        besideAWriter(policy, store -> reading.run());
    }

    private void besideAWriter(SyncPolicy policy, Reading reading) throws Exception {
        log = directory.resolve("poro.wal");
        try (Poro store = Poro.at(log)
                .sync(policy)
                .memory(64 << 20)
                .segmentLength(SEGMENT_LENGTH)
                .snapshotAfter(8L * SEGMENT_LENGTH)
                .open()) {
            CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> write(store));
            try {
                reading.run(store);
            } finally {
                stopped = true;
                writer.get(1, TimeUnit.MINUTES);
            }
        }
    }

    private void write(Poro store) {
        for (int i = 0; !stopped; i++) {
            store.set("key-" + i % 500, i % 8 == 0 ? VALUE : "v".repeat(i % 100));
        }
    }

    /** Notes what a tool has to say of the log, if that is anything. */
    private void say(List<String> said, Object... arguments) throws Exception {
        String[] command = Stream.of(arguments).map(Object::toString).toArray(String[]::new);
        PoroProcess.Result result = PoroProcess.run(directory, "", command);
        if (result.exitStatus != 0 || !result.errors.isEmpty()) {
            String text = result.text();
            said.add(String.join(" ", command) + ": " + result.exitStatus + "\n"
                    + text.substring(Math.max(0, text.length() - 2_000)) + result.errors);
        }
    }

    private static void delete(Path path) throws IOException {
        if (Files.exists(path)) {
            try (Stream<Path> files = Files.walk(path)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
