package dev.poro.process;

import dev.poro.engine.Poro;
import dev.poro.engine.SyncPolicy;
import dev.poro.engine.Threading;
import dev.poro.process.harness.LinearizabilityChecker.Kind;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A program in which clients use one store at the same time, and say what they do: a line before each operation and one
 * after it. Each line is one write to a pipe, which a kill cannot tear.
 *
 * <pre>
 *   CLIENT NUMBER invoke KIND KEY VALUE TIME
 *   CLIENT NUMBER return RESULT TIME
 * </pre>
 *
 * <p>Times are those of {@link System#nanoTime}, which all processes of a Linux machine share: from before the first
 * line is written, and from after the operation has returned.
 */
public final class Clients {
    static final int COUNT = 8;
    static final int KEYS = 5;
    static final String NOTHING = "-";
    private static final List<Kind> KINDS = List.of(Kind.SET, Kind.GET, Kind.DELETE);

    private final Poro store;
    private final int operations;

    /** The raw descriptor: nothing may be buffered. */
    @SuppressWarnings("resource")
    private final FileOutputStream out = new FileOutputStream(FileDescriptor.out);

    private Clients(Poro store, int operations) {
        this.store = store;
        this.operations = operations;
    }

    /** @param args log directory, sync policy, threading, segment length, operations of each client, seed */
    public static void main(String[] args) throws Exception {
        Poro store = Poro.at(Path.of(args[0]))
                .sync(SyncPolicy.valueOf(args[1]))
                .threading(Threading.valueOf(args[2]))
                .segmentLength(Integer.parseInt(args[3]))
                .memory(8 << 20)
                .open();
        Clients clients = new Clients(store, Integer.parseInt(args[4]));
        SplittableRandom seeds = new SplittableRandom(Long.parseLong(args[5]));
        for (int i = 0; i < COUNT; i++) {
            int client = i;
            SplittableRandom random = seeds.split();
            new Thread(() -> clients.run(client, random), "client-" + i).start();
        }
        // Not closed: this program is to be killed.
        Thread.sleep(Long.MAX_VALUE);
    }

    private void run(int client, SplittableRandom random) {
        for (int number = 0; number < operations; number++) {
            Kind kind = KINDS.get(random.nextInt(KINDS.size()));
            String key = "k" + random.nextInt(KEYS);
            String value = kind == Kind.SET ? Long.toString(random.nextLong(), 36) : NOTHING;
            String name = client + " " + number;
            write(name + " invoke " + kind + " " + key + " " + value + " " + System.nanoTime());
            String result = carryOut(kind, key, value);
            write(name + " return " + result + " " + System.nanoTime());
        }
    }

    private String carryOut(Kind kind, String key, String value) {
        switch (kind) {
            case SET:
                store.set(key, value);
                return NOTHING;
            case GET:
                String found = store.get(key);
                return found == null ? NOTHING : found;
            case DELETE:
                return Boolean.toString(store.delete(key));
            default:
                throw new AssertionError(kind);
        }
    }

    private void write(String line) {
        try {
            out.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
