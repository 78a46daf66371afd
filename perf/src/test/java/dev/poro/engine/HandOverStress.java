package dev.poro.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZZ_Result;

/**
 * Two writers, of whom now one leads and now the other. When a set has returned, its writer reads what it wrote; and
 * of two writers that each read the other's key, one comes second and sees the first. All go to one store, each pair
 * with keys and a value of its own.
 */
@JCStressTest
@Outcome(id = "true, (true|false), true, true", expect = ACCEPTABLE, desc = "the second comes second")
@Outcome(id = "true, true, true, (true|false)", expect = ACCEPTABLE, desc = "the first comes second")
@Outcome(expect = FORBIDDEN, desc = "a write is not seen after it has returned")
@State
public class HandOverStress {
    /** More than there are pairs at a time. */
    private static final int PAIRS = 1 << 15;

    private static final Poro STORE = open();
    private static final AtomicInteger NEXT = new AtomicInteger();

    private final int number = NEXT.incrementAndGet();
    private final byte[] value = bytes(number, 0);
    private final byte[] first = bytes(number % PAIRS, 1);
    private final byte[] second = bytes(number % PAIRS, 2);

    /** The first writer: its own key, the other's. */
    @Actor
    public void first(ZZZZ_Result result) {
        STORE.set(first, value);
        result.r1 = Arrays.equals(STORE.get(first), value);
        result.r2 = Arrays.equals(STORE.get(second), value);
    }

    /** The second writer: its own key, the other's. */
    @Actor
    public void second(ZZZZ_Result result) {
        STORE.set(second, value);
        result.r3 = Arrays.equals(STORE.get(second), value);
        result.r4 = Arrays.equals(STORE.get(first), value);
    }

    private static byte[] bytes(int number, int suffix) {
        return ByteBuffer.allocate(8).putInt(number).putInt(suffix).array();
    }

    private static Poro open() {
        try {
            Path directory = Files.createTempDirectory("poro-stress");
            Poro poro = Poro.at(directory.resolve("poro.wal"))
                    .threading(Threading.CALLER)
                    .sync(SyncPolicy.OS)
                    .memory(64 << 20)
                    .segmentLength(4 << 20)
                    .open();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                poro.close();
                delete(directory.toFile());
            }));
            return poro;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(File file) {
        File[] children = file.listFiles();
        if (children != null) {
            for (File child : children) {
                delete(child);
            }
        }
        file.delete();
    }
}
