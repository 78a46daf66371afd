package dev.poro.perf;

import dev.poro.engine.Poro;
import dev.poro.engine.SyncPolicy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * How much of what the disk can write the log writes, over a long time: sets of 1 KiB by one thread, against a file
 * that is written from front to back, in turns. Both count up to the end of their last force.
 *
 * <p>Arguments: seconds of sets in all, and the sync policy; by default 60, OS. Each turn takes a third of that, and
 * the file as long again.
 */
public final class SustainedWrites {
    private static final int TURNS = 3;
    private static final int KEYS = 100_000;
    private static final int KEY_LENGTH = 16;
    private static final int VALUE_LENGTH = 1024;
    private static final int CHUNK_LENGTH = 1 << 20;
    private static final int CHUNKS_A_FORCE = 64;

    private SustainedWrites() {}

    /** Prints a line for each turn, and the medians. */
    public static void main(String[] args) throws IOException {
        long nanos = TimeUnit.SECONDS.toNanos(args.length > 0 ? Integer.parseInt(args[0]) : 60) / TURNS;
        SyncPolicy policy = args.length > 1 ? SyncPolicy.valueOf(args[1]) : SyncPolicy.OS;
        List<Double> shares = new ArrayList<>();
        for (int turn = 1; turn <= TURNS; turn++) {
            double file = file(nanos);
            double log = log(nanos, policy);
            shares.add(log / file);
            System.out.printf(
                    Locale.ROOT,
                    "turn %d: file %,.0f MB/s, log %,.0f MB/s (%,.0f sets/s), %.0f %%%n",
                    turn,
                    file / 1e6,
                    log / 1e6,
                    log / (KEY_LENGTH + VALUE_LENGTH),
                    100 * log / file);
        }
        shares.sort(null);
        System.out.printf(Locale.ROOT, "median: %.0f %%%n", 100 * shares.get(TURNS / 2));
    }

    /** Bytes a second of a file that is made of zeros. */
    private static double file(long nanos) throws IOException {
        try (TemporaryLog directory = new TemporaryLog()) {
            Path path = directory.path().resolve("file");
            long start = System.nanoTime();
            long written = 0;
            try (FileChannel channel =
                    FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_LENGTH);
                while (System.nanoTime() - start < nanos) {
                    for (int i = 0; i < CHUNKS_A_FORCE; i++) {
                        chunk.clear();
                        while (chunk.hasRemaining()) {
                            written += channel.write(chunk);
                        }
                    }
                    channel.force(false);
                }
            }
            return written * 1e9 / (System.nanoTime() - start);
        }
    }

    /** Bytes of keys and values a second. */
    private static double log(long nanos, SyncPolicy policy) {
        try (TemporaryLog log = new TemporaryLog()) {
            Keys keys = new Keys(KEYS, KEY_LENGTH);
            byte[] value = new byte[VALUE_LENGTH];
            long sets = 0;
            long start = System.nanoTime();
            try (Poro poro = Poro.at(log.path()).sync(policy).memory(1L << 30).open()) {
                while (System.nanoTime() - start < nanos) {
                    for (int i = 0; i < 1_000; i++) {
                        value[0]++;
                        poro.set(keys.random(), value);
                    }
                    sets += 1_000;
                }
                Check.atLeast("sequence", sets, poro.sequence());
            }
            return sets * (double) (KEY_LENGTH + VALUE_LENGTH) * 1e9 / (System.nanoTime() - start);
        }
    }
}
