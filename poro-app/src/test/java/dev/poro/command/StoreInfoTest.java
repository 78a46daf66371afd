package dev.poro.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import dev.poro.engine.Progress;
import dev.poro.engine.ReadOnlyStore;
import dev.poro.engine.Retention;
import dev.poro.engine.SyncPolicy;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreInfoTest {
    private static final int MEMORY = 8 << 20;

    @TempDir
    private Path directory;

    @Test
    void saysHowANewStoreStands() {
        try (Poro poro = open()) {
            poro.set("k", "v");

            assertThat(StoreInfo.of(poro, 0).lines().map(StoreInfoTest::withoutLengths))
                    .containsExactly(
                            "store             " + directory.resolve("poro.wal"),
                            "sequence          2",
                            "durable sequence  2, sync policy always",
                            "keys              1",
                            "log clock         in step with the system clock",
                            "memory            " + poro.memory().used() + " of 8,388,608 bytes",
                            "log               N bytes, segment files: 1",
                            "history           sequence 1 to 2",
                            "retained          all",
                            "opened from       nothing",
                            "last snapshot     none",
                            "next snapshot     beyond N bytes of log since the last, of which there are N");
        }
    }

    @Test
    void tellsTheAgeOfTheLastSnapshot() {
        try (Poro poro = open()) {
            poro.set("k", "v");
            poro.snapshot();
            long created = poro.log().newestSnapshot().created().toEpochMilli();

            assertThat(lastSnapshot(poro, created + 999)).startsWith("sequence 2, 0s ago, 1 keys, ");
            assertThat(lastSnapshot(poro, created - 60_000))
                    .as("a clock set back")
                    .startsWith("sequence 2, 0s ago");
            long age = Duration.ofDays(2)
                    .plusHours(3)
                    .plusMinutes(4)
                    .plusSeconds(5)
                    .toMillis();
            assertThat(lastSnapshot(poro, created + age)).startsWith("sequence 2, 2d 3h 4m 5s ago, ");
        }
    }

    @Test
    void saysWhatTheContentsWereLoadedFrom() {
        try (Poro poro = open()) {
            poro.set("k", "v");
            poro.snapshot();
        }
        try (Poro poro = open()) {
            assertThat(StoreInfo.of(poro, 0))
                    .contains("\nopened from       the snapshot of sequence 2 and the log up to 2\n");
        }
    }

    @Test
    void saysHowContentsStandThatAreOnlyLookedAt() {
        try (Poro poro = open()) {
            poro.set("k", "v");
        }
        try (ReadOnlyStore contents = ReadOnlyStore.open(directory.resolve("poro.wal"), Progress.NONE)) {
            assertThat(StoreInfo.of(contents).lines().map(StoreInfoTest::withoutLengths))
                    .containsExactly(
                            "store             " + directory.resolve("poro.wal"),
                            "read-only         as of sequence 2; later changes are not seen",
                            "keys              1",
                            "memory            " + contents.memory().used() + " of 8,388,608 bytes",
                            "retained          all",
                            "opened from       the log up to sequence 2");
        }
    }

    private Poro open() {
        return Poro.at(directory.resolve("poro.wal"))
                .memory(MEMORY)
                .sync(SyncPolicy.ALWAYS)
                .retain(Retention.ALL)
                .open();
    }

    /** Of files, which are not promised. */
    private static String withoutLengths(String line) {
        return line.replaceAll("^(log +|.* beyond )[0-9,]+ bytes", "$1N bytes")
                .replaceAll("there are [0-9]+", "there are N");
    }

    private static String lastSnapshot(Poro poro, long nowMillis) {
        return StoreInfo.of(poro, nowMillis)
                .lines()
                .filter(line -> line.startsWith("last snapshot"))
                .findFirst()
                .orElseThrow()
                .substring("last snapshot     ".length());
    }
}
