package dev.poro.perf.bench;

import dev.poro.engine.Batch;
import dev.poro.engine.Pipeline;
import dev.poro.engine.Poro;
import dev.poro.engine.Progress;
import dev.poro.engine.SyncPolicy;
import dev.poro.engine.tools.Verification;
import dev.poro.engine.tools.VerificationReport;
import dev.poro.wal.RecoveryReport;
import java.nio.file.Path;
import java.util.List;

/**
 * Poro with its defaults, but for the sync policy and a memory budget that suits what it will hold. So it takes
 * snapshots while it is measured, as any store does whose log grows.
 */
public final class PoroEngine implements Engine {
    /** An entry's share of slab and index beyond its key and value, generously. */
    private static final int OVERHEAD = 64;

    private final Poro poro;

    public PoroEngine(Path directory, EngineSettings settings) {
        Shape shape = settings.shape();
        long data = shape.bytes() + (long) shape.keys() * OVERHEAD;
        this.poro = Poro.at(directory)
                .sync(settings.durability() == Durability.ALWAYS ? SyncPolicy.ALWAYS : SyncPolicy.OS)
                .memory(data + data / 2 + (64 << 20))
                .open();
    }

    @Override
    public Session newSession() {
        return new PoroSession(poro);
    }

    @Override
    public long keys() {
        return poro.keys();
    }

    /** The digest of the live store is the one that a replay of its log comes to. */
    @Override
    public void verify() {
        long live = poro.digest();
        poro.close();
        VerificationReport replayed = Verification.run(poro.path(), Progress.NONE);
        if (replayed.log().verdict() != RecoveryReport.Verdict.SOUND || replayed.digest() != live) {
            throw new IllegalStateException(
                    "digest " + Long.toHexString(live) + " live, " + Long.toHexString(replayed.digest())
                            + " replayed from a log that is " + replayed.log().verdict());
        }
    }

    @Override
    public void close() {
        poro.close();
    }

    private static final class PoroSession implements Session {
        private final Poro poro;
        private long lastTicket;
        private Pipeline pipeline;

        PoroSession(Poro poro) {
            this.poro = poro;
        }

        @Override
        public void put(byte[] key, byte[] value) {
            poro.set(key, value);
        }

        @Override
        public int get(byte[] key, byte[] target) {
            return poro.get(key, target, 0);
        }

        @Override
        public void delete(byte[] key) {
            poro.delete(key);
        }

        @Override
        public void putAsync(byte[] key, byte[] value) {
            lastTicket = poro.setAsync(key, value);
        }

        @Override
        public void getAll(byte[][] keys, byte[][] targets) {
            List<byte[]> values = poro.getAll(keys);
            for (int i = 0; i < targets.length; i++) {
                System.arraycopy(values.get(i), 0, targets[i], 0, targets[i].length);
            }
        }

        @Override
        public void putAll(byte[][] keys, byte[][] values) {
            Batch batch = poro.batch();
            for (int i = 0; i < keys.length; i++) {
                batch.set(keys[i], values[i]);
            }
            if (!batch.commit().committed()) {
                throw new IllegalStateException("a batch without conditions was not committed");
            }
        }

        @Override
        public void pipeline(byte[][] keys, byte[][] values) {
            if (pipeline == null) {
                pipeline = poro.pipeline();
            }
            pipeline.reset();
            for (int i = 0; i < keys.length; i++) {
                pipeline.set(keys[i], values[i]);
            }
            pipeline.execute();
        }

        @Override
        public void close() {
            if (pipeline != null) {
                pipeline.close();
            }
        }

        @Override
        public void drain() {
            poro.await(lastTicket);
        }
    }
}
