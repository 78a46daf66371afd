package dev.poro.engine;

import dev.poro.events.TestScale;
import dev.poro.statemachine.Linearizability;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jetbrains.kotlinx.lincheck.annotations.Operation;
import org.jetbrains.kotlinx.lincheck.annotations.Param;
import org.jetbrains.kotlinx.lincheck.paramgen.IntGen;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The operations of a store are linearizable: whatever threads call at once, there is an order that explains every
 * outcome and every read. Stress mode only, see {@link Linearizability}: the handlers run on threads of the store and
 * on mapped memory, which Lincheck cannot steer.
 *
 * <p>One store serves all scenarios; each begins by deleting its keys.
 *
 * <p>Lincheck redefines all classes that are loaded, and gives up if one has failed to initialize, as some of Netty do
 * when a server begins to use TLS and there is no OpenSSL. So no test that may come before this one in the same JVM, in
 * the order of the alphabet, starts a server with TLS.
 */
class LinearizableStoreTest {
    private static final Duration EXHAUSTIVE_BUDGET = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(Threading.class)
    void isLinearizable(Threading threading) {
        Linearizability operations = new Linearizability(Operations.class, Model.class, EXHAUSTIVE_BUDGET);
        try (Poro poro = Poro.at(directory.resolve("poro.wal"))
                .threading(threading)
                .sync(SyncPolicy.OS)
                .ringCapacity(4)
                .memory(PoroBuilder.MIN_MEMORY)
                .segmentLength(64 << 10)
                .open()) {
            Operations.store = poro;
            operations.stress("lincheck-store-" + threading, 5, TestScale.choose(6, 250));
        }
    }

    /** The operations. */
    @Param(name = "key", gen = IntGen.class, conf = "0:1")
    @Param(name = "value", gen = IntGen.class, conf = "0:9")
    public static final class Operations {
        private static final int KEYS = 2;
        private static final int ABSENT = -1;

        private static Poro store;

        /** An empty store. */
        public Operations() {
            for (int key = 0; key < KEYS; key++) {
                store.delete(bytes(key));
            }
        }

        @Operation
        public void set(@Param(name = "key") int key, @Param(name = "value") int value) {
            store.set(bytes(key), bytes(value));
        }

        @Operation
        public boolean delete(@Param(name = "key") int key) {
            return store.delete(bytes(key));
        }

        @Operation
        public boolean setAndAwait(@Param(name = "key") int key, @Param(name = "value") int value) {
            return store.await(store.setAsync(bytes(key), bytes(value)));
        }

        @Operation
        public boolean deleteAndAwait(@Param(name = "key") int key) {
            return store.await(store.deleteAsync(bytes(key)));
        }

        @Operation
        public int get(@Param(name = "key") int key) {
            return numberOf(store.get(bytes(key)));
        }

        /** Nobody else knows what is changed before. */
        @Operation
        public int getByPipeline(@Param(name = "key") int key) {
            try (Pipeline pipeline = store.pipeline()) {
                pipeline.set(bytes(KEYS), bytes(key));
                int read = pipeline.get(bytes(key));
                pipeline.set(bytes(KEYS), bytes(key));
                pipeline.execute();
                return numberOf(pipeline.value(read));
            }
        }

        @Operation
        public int getAndSetByPipeline(@Param(name = "key") int key, @Param(name = "value") int value) {
            try (Pipeline pipeline = store.pipeline()) {
                pipeline.get(bytes(KEYS));
                int set = pipeline.getAndSet(bytes(key), bytes(value), Expiry.NONE, SetIf.ALWAYS);
                pipeline.get(bytes(key));
                pipeline.execute();
                return numberOf(pipeline.value(set));
            }
        }

        private static int numberOf(byte[] value) {
            return value == null ? ABSENT : ByteBuffer.wrap(value).getInt();
        }

        private static byte[] bytes(int number) {
            return ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
        }
    }

    /** What they mean. */
    public static final class Model {
        private final Map<Integer, Integer> entries = new HashMap<>();

        public void set(int key, int value) {
            entries.put(key, value);
        }

        public boolean delete(int key) {
            return entries.remove(key) != null;
        }

        public boolean setAndAwait(int key, int value) {
            return entries.put(key, value) != null;
        }

        public boolean deleteAndAwait(int key) {
            return delete(key);
        }

        public int get(int key) {
            return entries.getOrDefault(key, Operations.ABSENT);
        }

        public int getByPipeline(int key) {
            return get(key);
        }

        public int getAndSetByPipeline(int key, int value) {
            Integer before = entries.put(key, value);
            return before == null ? Operations.ABSENT : before;
        }
    }
}
