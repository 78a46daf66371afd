package dev.poro.process;

import dev.poro.engine.LogFullException;
import dev.poro.engine.Poro;
import dev.poro.engine.StoreFailedException;
import dev.poro.engine.SyncPolicy;
import dev.poro.engine.Threading;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A program that fills its heap for a while, with a store in it that two threads write to. Tells at the end which of
 * their sets were acknowledged:
 *
 * <pre>
 *   WRITER NUMBER...      the sets that returned, each of the key with these two numbers
 *   closed | failed       how the store was closed
 * </pre>
 */
public final class FullHeap {
    static final int WRITERS = 2;
    static final int KEY_LENGTH = 2 * Integer.BYTES;
    private static final int MAX_SETS = 200_000;
    private static final int VALUE_LENGTH = 400;
    private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(50);
    private static final long WHILE_NANOS = TimeUnit.MILLISECONDS.toNanos(700);
    private static final long FULL_NANOS = TimeUnit.MILLISECONDS.toNanos(2_000);
    private static final int[] CHUNKS = {1 << 20, 64 << 10, 4 << 10, 256, 16};

    private static volatile boolean ended;

    private FullHeap() {}

    /** @param args log directory, sync policy, threading, segment length */
    public static void main(String[] args) throws InterruptedException {
        Poro store = Poro.at(Path.of(args[0]))
                .sync(SyncPolicy.valueOf(args[1]))
                .threading(Threading.valueOf(args[2]))
                .segmentLength(Integer.parseInt(args[3]))
                .memory(256 << 20)
                .open();
        Writer[] writers = new Writer[WRITERS];
        for (int i = 0; i < WRITERS; i++) {
            writers[i] = new Writer(store, i);
            writers[i].start();
        }
        LockSupport.parkNanos(WHILE_NANOS);
        fillHeap();
        LockSupport.parkNanos(WHILE_NANOS);
        ended = true;
        for (Writer writer : writers) {
            writer.join();
            System.out.println(writer.acknowledged());
        }
        try {
            store.close();
            System.out.println("closed");
        } catch (StoreFailedException e) {
            System.out.println("failed");
        }
    }

    /** Whatever the collector finds is taken, too. */
    private static void fillHeap() {
        Object[] newest = null;
        long end = System.nanoTime() + FULL_NANOS;
        while (System.nanoTime() - end < 0) {
            for (int length : CHUNKS) {
                try {
                    while (System.nanoTime() - end < 0) {
                        newest = new Object[] {newest, new byte[length]};
                    }
                } catch (OutOfMemoryError full) {
                    // Then smaller ones.
                }
            }
        }
        if (newest == null) {
            throw new IllegalStateException("filled nothing");
        }
    }

    private static final class Writer extends Thread {
        private final Poro store;
        private final int number;
        private final BitSet acknowledged = new BitSet(MAX_SETS);
        private final byte[] key = new byte[KEY_LENGTH];
        private final byte[] value = new byte[VALUE_LENGTH];
        private final ByteBuffer keyNumbers = ByteBuffer.wrap(key);

        Writer(Poro store, int number) {
            super("writer-" + number);
            this.store = store;
            this.number = number;
        }

        @Override
        public void run() {
            for (int i = 0; i < MAX_SETS && !ended; i++) {
                keyNumbers.putInt(0, number).putInt(Integer.BYTES, i);
                try {
                    store.set(key, value);
                    acknowledged.set(i);
                } catch (LogFullException | OutOfMemoryError refused) {
                    // Costs this set.
                } catch (StoreFailedException failed) {
                    return;
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }

        String acknowledged() {
            StringBuilder text = new StringBuilder().append(number);
            acknowledged.stream().forEach(i -> text.append(' ').append(i));
            return text.toString();
        }
    }
}
