package dev.poro.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.engine.LogFullException;
import dev.poro.engine.Poro;
import dev.poro.engine.PoroException;
import dev.poro.engine.StopMessages;
import dev.poro.engine.SyncPolicy;
import dev.poro.engine.Threading;
import dev.poro.events.TestScale;
import dev.poro.process.harness.Machine;
import dev.poro.process.harness.Mount;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Fills the disk under a store, for each number of free blocks that a small file system can have. Writes are refused
 * with a clear error, reads go on, writing resumes by itself, and what was acknowledged is there.
 */
@Tag("R13")
@Tag("R14")
@Tag("R20")
class DiskFullIT {
    /** What the system says, in its language. */
    private static final String NO_SPACE = wordsOfAFullDevice();

    private static final int BLOCK = 4096;
    private static final int DISK_LENGTH = 4 << 20;
    private static final int MAX_FREE_BLOCKS = 512;
    private static final int STEP = TestScale.choose(46, 1);
    private static final int SEGMENT_LENGTH = 16 << 10;
    /** What two locks and a directory that grows may take before the first segment. */
    private static final int LOCKS_LENGTH = 4 * BLOCK;

    private static final Duration BUDGET = Duration.ofSeconds(60);
    private static final long PATIENCE_NANOS = Duration.ofSeconds(30).toNanos();
    private static final List<SyncPolicy> POLICIES = List.of(SyncPolicy.values());

    @TempDir
    private Path directory;

    private final Map<String, String> model = new HashMap<>();

    private static String wordsOfAFullDevice() {
        try {
            Files.write(Path.of("/dev/full"), new byte[1]);
        } catch (IOException expected) {
            return expected.getMessage();
        }
        throw new AssertionError("/dev/full had space");
    }

    @Test
    void refusesWritesAndResumes() throws Exception {
        long deadline = TestScale.deadlineAfter(BUDGET);
        int disks = 0;
        long acknowledged = 0;
        try (Mount disk = Mount.tmpfs(directory.resolve("disk"), DISK_LENGTH)) {
            for (int free = 0; free < MAX_FREE_BLOCKS && System.nanoTime() < deadline; free += STEP) {
                fillAndFree(disk.point(), free);
                acknowledged += model.size();
                disks++;
            }
        }
        TestScale.report(
                "disk-full",
                "%d disks, with 0 to %d KiB free, %d keys acknowledged, 0 lost",
                disks,
                (disks - 1) * STEP * BLOCK / 1024,
                acknowledged);
    }

    private void fillAndFree(Path disk, int freeBlocks) throws Exception {
        Path log = disk.resolve("log");
        Path filler = disk.resolve("filler");
        SyncPolicy sync = POLICIES.get(freeBlocks % POLICIES.size());
        Threading threading = freeBlocks / 3 % 2 == 0 ? Threading.CALLER : Threading.DEDICATED;
        String context = freeBlocks + " blocks free, " + sync + ", " + threading;
        model.clear();
        Files.write(filler, new byte[(int) (usable(disk) - (long) freeBlocks * BLOCK)]);
        assertThat(usable(disk)).isEqualTo((long) freeBlocks * BLOCK);
        if (freeBlocks * BLOCK <= SEGMENT_LENGTH + LOCKS_LENGTH) {
            openIfItFits(log, sync, context);
            Files.write(filler, new byte[(int) Files.size(filler) - 2 * SEGMENT_LENGTH]);
        }
        try (Poro poro = open(log, sync, threading)) {
            setUntilRefused(poro);
            assertHolds(poro, context);
            assertThatThrownBy(() -> poro.set("refused", "v".repeat(3_000)))
                    .isInstanceOfSatisfying(LogFullException.class, StopMessages::requireComplete)
                    .hasMessageContaining(log.toString())
                    .hasMessageContaining(NO_SPACE);
            refuseABatch(poro, context);
        }
        try (Poro poro = open(log, sync, threading)) {
            assertHolds(poro, context + ", opened on the full disk");
            Files.delete(filler);
            awaitSpace(poro);
            assertHolds(poro, context + ", resumed");
        }
        try (Poro poro = open(log, sync, threading)) {
            assertHolds(poro, context + ", opened again");
        }
        Machine.run("rm", "-r", log);
    }

    private static long usable(Path disk) throws IOException {
        return Files.getFileStore(disk).getUsableSpace();
    }

    private static Poro open(Path log, SyncPolicy sync, Threading threading) {
        return Poro.at(log)
                .sync(sync)
                .threading(threading)
                .segmentLength(SEGMENT_LENGTH)
                .memory(8 << 20)
                .open();
    }

    /** Opening a store may just fit; otherwise the error names the disk. */
    private void openIfItFits(Path log, SyncPolicy sync, String context) {
        try (Poro poro = open(log, sync, Threading.CALLER)) {
            // A single segment fits.
            poro.set("first", "1");
            model.put("first", "1");
        } catch (PoroException e) {
            assertThat(e).as(context).hasMessageContaining(log.toString());
            assertThat(e).as(context).hasMessageContaining(NO_SPACE);
            StopMessages.requireComplete(e);
        }
    }

    private void setUntilRefused(Poro poro) {
        for (int i = 0; i < DISK_LENGTH; i++) {
            String value = "v".repeat(i * 37 % 3_000);
            try {
                poro.set("key" + i, value);
            } catch (LogFullException e) {
                return;
            }
            model.put("key" + i, value);
        }
        throw new AssertionError("the disk took everything");
    }

    /** Of a batch, some events may fit and others not: each has its own answer. */
    private void refuseABatch(Poro poro, String context) {
        long[] tickets = new long[20];
        for (int i = 0; i < tickets.length; i++) {
            tickets[i] = poro.setAsync(utf8("batch" + i), utf8("v".repeat(i * 50)));
        }
        for (int i = 0; i < tickets.length; i++) {
            try {
                poro.await(tickets[i]);
                model.put("batch" + i, "v".repeat(i * 50));
            } catch (LogFullException e) {
                assertThat(poro.get("batch" + i)).as(context).isNull();
            }
        }
        assertHolds(poro, context + ", after the batch");
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void awaitSpace(Poro poro) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        for (int i = 0; i < 40; ) {
            try {
                poro.set("resumed" + i, "v".repeat(1_000));
                model.put("resumed" + i, "v".repeat(1_000));
                i++;
            } catch (LogFullException e) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                Thread.sleep(5);
            }
        }
    }

    private void assertHolds(Poro poro, String context) {
        assertThat(poro.keys()).as(context).isEqualTo(model.size());
        model.forEach((key, value) ->
                assertThat(poro.get(key)).as("%s; %s", key, context).isEqualTo(value));
    }
}
