package dev.poro.process;

import dev.poro.engine.Poro;
import dev.poro.engine.SyncPolicy;
import dev.poro.engine.Threading;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A program that embeds a store and leaves it little: it takes up all direct memory, and then publishes many long
 * values without waiting. Arguments: the store's directory, its threading, how many values.
 */
public final class LongValuesMain {
    private LongValuesMain() {}

    /** Prints the number of keys. */
    public static void main(String[] arguments) {
        try (Poro poro = Poro.at(Path.of(arguments[0]))
                .threading(Threading.valueOf(arguments[1]))
                .sync(SyncPolicy.OS)
                .memory(1L << 30)
                .snapshotAfter(Long.MAX_VALUE)
                .open()) {
            List<ByteBuffer> taken = takeAllDirectMemory();
            try {
                byte[] value = new byte[1 << 20];
                long last = 0;
                for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
                    last = poro.setAsync(("key" + i).getBytes(StandardCharsets.UTF_8), value);
                }
                poro.await(last);
            } finally {
                Reference.reachabilityFence(taken);
            }
            System.out.println("keys: " + poro.keys());
        }
    }

    private static List<ByteBuffer> takeAllDirectMemory() {
        List<ByteBuffer> taken = new ArrayList<>();
        // In few steps: each ends with Java's waiting half a second for the collector to find some.
        for (int length = 1 << 20; length >= 1; length /= 1024) {
            try {
                while (true) {
                    taken.add(ByteBuffer.allocateDirect(length));
                }
            } catch (OutOfMemoryError usedUp) {
                // That is what it is for.
            }
        }
        return taken;
    }
}
