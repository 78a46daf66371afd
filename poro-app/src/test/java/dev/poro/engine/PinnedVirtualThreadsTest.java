package dev.poro.engine;

import static dev.poro.engine.StoreContract.bytes;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Virtual threads that write while they cannot leave their carriers, as in a class initializer, or on JDK 21 in a
 * synchronized block. If a leader left its own, they could take all carriers and wait for it, for ever.
 *
 * @see CallerRunner
 */
@Tag("R33")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PinnedVirtualThreadsTest {
    private static final int OTHERS = 16;
    private static final int ROUNDS = 8;
    private static final int WRITES = 10;

    private static final AtomicInteger KEY = new AtomicInteger();
    private static Poro store;

    @TempDir
    Path directory;

    /** Writes when it is initialized. */
    private static final class Pinned {
        static {
            write();
        }
    }

    static void write() {
        for (int i = 0; i < WRITES; i++) {
            store.set(bytes("key" + KEY.getAndIncrement() % 100), bytes("value"));
        }
    }

    /** Initializes a class of its own. */
    private static void writePinned() {
        String name = Pinned.class.getName().replaceFirst(".*\\.", "");
        try (InputStream code = Pinned.class.getResourceAsStream(name + ".class")) {
            MethodHandles.lookup().defineHiddenClass(code.readAllBytes(), true);
        } catch (IOException | IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aLeaderIsNotKeptFromItsCarrierByThoseThatWaitForIt() throws Exception {
        VirtualThreads.require();
        int pinned = Runtime.getRuntime().availableProcessors();
        try (Poro poro = Poro.at(directory.resolve("poro.wal"))
                .sync(SyncPolicy.ALWAYS)
                .memory(1 << 20)
                .open()) {
            store = poro;
            for (int round = 0; round < ROUNDS; round++) {
                VirtualThreads.run(OTHERS + pinned, number -> {
                    if (number >= OTHERS / 2 && number < OTHERS / 2 + pinned) {
                        writePinned();
                    } else {
                        write();
                    }
                });
            }
        }
    }
}
