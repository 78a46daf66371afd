package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.events.RawMemory;
import dev.poro.events.StateSummary;
import dev.poro.wal.storage.FileSystemStorage;
import dev.poro.wal.storage.StorageFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the writer puts comes out as it was, in its order, through memory and file.
 *
 * @see SpillFile
 */
@Tag("R24")
class EntryBufferTest {
    private static final int BLOCK = EntryBuffer.BLOCK_LENGTH;
    private static final int PLACE = BLOCK + Long.BYTES;
    private static final int LONGEST_PIECE = 3 * BLOCK;
    private static final StateSummary SUMMARY = new StateSummary(7, 0, 1, 2, 0, 0);

    @TempDir
    Path directory;

    private final long memory = RawMemory.allocate(LONGEST_PIECE);
    private final byte[] bytes = new byte[LONGEST_PIECE];

    @BeforeEach
    void fillMemory() {
        new Random(0).nextBytes(bytes);
        RawMemory.copy(bytes, 0, memory, LONGEST_PIECE);
    }

    @AfterEach
    void giveMemoryBack() {
        RawMemory.free(memory, LONGEST_PIECE);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void keepsTheOrderWhateverWaysTheBlocksTake(long seed) throws IOException {
        Random random = new Random(seed);
        SpillFile spill = new SpillFile(new FileSystemStorage(directory).create("spill"), 10L * PLACE);
        EntryBuffer buffer = new EntryBuffer(0, spill, null);
        buffer.begin(SUMMARY);
        ByteArrayOutputStream put = new ByteArrayOutputStream();
        ByteArrayOutputStream taken = new ByteArrayOutputStream();
        for (int round = 0; round < 200; round++) {
            boolean isSlow = round / 30 % 2 == 0;
            for (int puts = isSlow ? 4 : 1; puts > 0 && spill.written() - spill.read() < 6; puts--) {
                put(buffer, random, put);
            }
            for (int takes = random.nextInt(isSlow ? 2 : 8); takes > 0; takes--) {
                take(buffer, taken);
            }
            assertThat(buffer.failure()).isNull();
        }
        buffer.end(SUMMARY.keys(), SUMMARY.digest());
        assertThat(buffer.hasEnded()).isTrue();
        while (take(buffer, taken)) {
            // to the end
        }
        assertThat(Arrays.equals(taken.toByteArray(), put.toByteArray())).isTrue();
        assertThat(spill.written()).as("every place was used more than once").isGreaterThan(30);
        assertThat(buffer.fileLength()).isEqualTo(10L * PLACE);
        assertThat(buffer.memoryLength()).isLessThan(12L * BLOCK);
        buffer.close();
    }

    @Test
    void keepsTheOrderBetweenTwoThreads() throws Exception {
        EntryBuffer buffer = newBuffer(1L << 30);
        ByteArrayOutputStream put = new ByteArrayOutputStream();
        CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
            Random random = new Random(1);
            for (int piece = 0; piece < 300; piece++) {
                put(buffer, random, put);
            }
            buffer.end(SUMMARY.keys(), SUMMARY.digest());
        });
        ByteArrayOutputStream taken = new ByteArrayOutputStream();
        boolean hasEnded = false;
        boolean hasMore = true;
        while (hasMore || !hasEnded) {
            hasEnded = buffer.hasEnded() || writer.isCompletedExceptionally();
            hasMore = take(buffer, taken);
        }
        writer.join();
        assertThat(Arrays.equals(taken.toByteArray(), put.toByteArray())).isTrue();
        buffer.close();
    }

    @Test
    void failsIfThereIsNoRoomAndDropsTheRest() throws IOException {
        EntryBuffer buffer = newBuffer(2L * PLACE + 5);
        Random random = new Random(3);
        ByteArrayOutputStream put = new ByteArrayOutputStream();
        while (buffer.isWanted()) {
            put(buffer, random, put);
        }
        assertThat(buffer.failure())
                .isInstanceOfSatisfying(
                        EntryBuffer.Full.class,
                        full -> assertThat(full.fileLength()).isEqualTo(2L * PLACE));
        put(buffer, random, put);
        buffer.writeLong(1);
        assertThat(buffer.fileLength()).isEqualTo(2L * PLACE);
        buffer.close();
    }

    @Test
    void hasMemoryForTheLongestEntryWithoutAFile() throws IOException {
        EntryBuffer buffer = new EntryBuffer(LONGEST_PIECE, null, null);
        buffer.begin(SUMMARY);
        ByteArrayOutputStream put = new ByteArrayOutputStream();
        ByteArrayOutputStream taken = new ByteArrayOutputStream();
        for (int entry = 0; entry < 20; entry++) {
            while (!buffer.hasRoom()) {
                assertThat(take(buffer, taken)).isTrue();
            }
            write(buffer, 0, LONGEST_PIECE, put);
        }
        assertThat(buffer.failure()).isNull();
        buffer.end(SUMMARY.keys(), SUMMARY.digest());
        while (take(buffer, taken)) {
            // to the end
        }
        assertThat(Arrays.equals(taken.toByteArray(), put.toByteArray())).isTrue();
    }

    @Test
    void saysWhyThereIsNoFile() {
        IOException why = new IOException("no such directory");
        EntryBuffer buffer = new EntryBuffer(0, null, why);
        buffer.begin(SUMMARY);
        ByteArrayOutputStream put = new ByteArrayOutputStream();
        while (buffer.isWanted()) {
            write(buffer, 0, BLOCK, put);
        }
        assertThat(buffer.failure()).isSameAs(why);
    }

    @Test
    void refusesABlockThatIsNotAsItWasWritten() throws IOException {
        StorageFile file = new FileSystemStorage(directory).create("spill");
        try (SpillFile spill = new SpillFile(file, 1 << 20)) {
            byte[] block = new byte[BLOCK];
            spill.write(block);
            file.write(ByteBuffer.allocateDirect(1).put(0, (byte) 1), 100);
            assertThatThrownBy(() -> spill.read(block))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("offset 0");
        }
    }

    @Test
    void isWorthNothingIfTheEntriesAreNotThoseOfTheSummary() throws IOException {
        EntryBuffer buffer = newBuffer(0);
        buffer.end(SUMMARY.keys(), SUMMARY.digest() + 1);
        assertThat(buffer.hasEnded()).isFalse();
        assertThat(buffer.failure()).hasMessageContaining("sequence 7");
    }

    private EntryBuffer newBuffer(long limit) throws IOException {
        StorageFile file = new FileSystemStorage(directory).create("spill");
        EntryBuffer buffer = new EntryBuffer(0, new SpillFile(file, limit), null);
        buffer.begin(SUMMARY);
        return buffer;
    }

    private void put(EntryBuffer buffer, Random random, ByteArrayOutputStream put) {
        if (random.nextInt(3) == 0) {
            long value = random.nextLong();
            buffer.writeLong(value);
            for (int i = 0; i < Long.BYTES; i++) {
                put.write((int) (value >>> (Byte.SIZE * i)));
            }
        } else {
            int length = random.nextInt(random.nextBoolean() ? 200 : LONGEST_PIECE);
            write(buffer, random.nextInt(LONGEST_PIECE - length), length, put);
        }
    }

    private void write(EntryBuffer buffer, int from, int length, ByteArrayOutputStream put) {
        buffer.write(memory + from, length);
        put.write(bytes, from, length);
    }

    private static boolean take(EntryBuffer buffer, ByteArrayOutputStream taken) throws IOException {
        byte[] block = buffer.take();
        if (block != null) {
            taken.write(block, 0, buffer.lengthOfBlock());
        }
        return block != null;
    }
}
