package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operation allocates on the heap, counted by the JVM for the thread that runs everything. */
class AllocationTest {
    private static final int WARM_UP = 30_000;
    private static final int OPERATIONS = 10_000;
    private static final int ARRAY_HEADER = 16;

    @TempDir
    Path directory;

    @Test
    void allocatesNothingForAChangeAndOneArrayForARead() {
        byte[] key = new byte[16];
        byte[] value = new byte[1024];
        try (Poro poro = Poro.at(directory.resolve("poro.wal"))
                .threading(Threading.CALLER)
                .sync(SyncPolicy.OS)
                .memory(64 << 20)
                .open()) {
            assertThat(bytesPerOperation(() -> poro.set(key, value))).isLessThan(1);
            assertThat(bytesPerOperation(() -> poro.setAsync(key, value))).isLessThan(1);
            assertThat(bytesPerOperation(() -> poro.get(key))).isBetween(1024.0, 1024.0 + ARRAY_HEADER + 1);
            assertThat(bytesPerOperation(() -> poro.delete(key))).isLessThan(1);
        }
    }

    @Test
    void aPipelineThatIsUsedAgainAllocatesNothing() {
        byte[] value = new byte[64];
        ByteBuffer key = ByteBuffer.allocateDirect(16);
        ByteBuffer target = ByteBuffer.allocateDirect(64);
        try (Poro poro = Poro.at(directory.resolve("poro.wal"))
                        .threading(Threading.CALLER)
                        .sync(SyncPolicy.OS)
                        .memory(64 << 20)
                        .open();
                Pipeline pipeline = poro.pipeline()) {
            byte[] heapKey = new byte[16];
            long[] bytesRead = {0};
            assertThat(bytesPerOperation(() -> {
                        for (int i = 0; i < 16; i++) {
                            pipeline.set(heapKey, value);
                            pipeline.get(key);
                        }
                        pipeline.execute();
                        for (int i = 0; i < 32; i += 2) {
                            bytesRead[0] += pipeline.number(i);
                            bytesRead[0] += pipeline.view(i + 1).get();
                        }
                        pipeline.reset();
                    }))
                    .isLessThan(1);
            assertThat(bytesPerOperation(() -> poro.set(key, key))).isLessThan(1);
            assertThat(bytesPerOperation(() -> poro.get(key, target.clear()))).isLessThan(1);
            assertThat(bytesPerOperation(() -> poro.getAndSet(heapKey, value)))
                    .isBetween(64.0, 64.0 + ARRAY_HEADER + 1);
        }
    }

    /** What the writer copies for a reader goes to memory and to a file. */
    @Test
    void allocatesNothingForAChangeThatAReaderHasNotSeen() {
        byte[][] keys = new byte[WARM_UP + OPERATIONS][];
        Arrays.setAll(
                keys, key -> ByteBuffer.allocate(Integer.BYTES).putInt(key).array());
        byte[] value = new byte[20];
        try (Poro poro = Poro.at(directory.resolve("poro.wal"))
                .threading(Threading.CALLER)
                .sync(SyncPolicy.OS)
                .maxValueLength(value.length)
                .memory(64 << 20)
                .open()) {
            long last = 0;
            for (byte[] key : keys) {
                last = poro.setAsync(key, value);
            }
            poro.await(last);
            int[] next = new int[1];
            double[] allocated = new double[1];
            long[] spilled = new long[1];
            poro.forEachAt((key, entry) -> {
                if (next[0] == 0) {
                    allocated[0] = bytesPerOperation(() -> poro.set(keys[next[0]++], value));
                    spilled[0] = poro.memory().spilled();
                }
            });
            assertThat(allocated[0]).isLessThan(1);
            assertThat(spilled[0]).isGreaterThan(OPERATIONS * 20L);
        }
    }

    /** Not exactly 0 when there is none: an operation now and then begins a segment or a mark. */
    private static double bytesPerOperation(Runnable operation) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < WARM_UP; i++) {
            operation.run();
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < OPERATIONS; i++) {
            operation.run();
        }
        return (double) (threads.getCurrentThreadAllocatedBytes() - before) / OPERATIONS;
    }
}
