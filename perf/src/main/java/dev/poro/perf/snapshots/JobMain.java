package dev.poro.perf.snapshots;

import com.google.gson.Gson;
import dev.poro.engine.Poro;
import dev.poro.perf.Keys;
import dev.poro.perf.bench.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Does one {@link Job} in this JVM. Arguments: a file with the job, and one for its result, both JSON. */
public final class JobMain {
    /** Printed when the store is open. */
    static final String OPENED = "opened";

    /** An entry's share of slab and index beyond its key and value, generously. */
    private static final int OVERHEAD = 64;

    private final Job job;

    private JobMain(Job job) {
        this.job = job;
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        Gson gson = new Gson();
        Job job = gson.fromJson(Files.readString(Path.of(args[0])), Job.class);
        Files.writeString(Path.of(args[1]), gson.toJson(new JobMain(job).run()));
    }

    private Job.Result run() throws IOException, InterruptedException {
        long start = System.nanoTime();
        UnderWrites.Figures figures = null;
        try (Poro poro = open()) {
            double openMillis = (System.nanoTime() - start) / 1e6;
            System.out.println(OPENED);
            switch (job.kind()) {
                case FILL -> fill(poro);
                case SNAPSHOT -> poro.snapshot();
                case UNDER_WRITES -> {
                    fill(poro);
                    figures = new UnderWrites(poro, job).measure();
                }
                case OPEN -> {}
            }
            requireKeys(poro);
            return new Job.Result(openMillis, poro.digest(), poro.opening().snapshot() != null, figures);
        }
    }

    /** Snapshots are taken only when they are measured. */
    private Poro open() {
        Shape shape = job.shape();
        long data = shape.bytes() + (long) shape.keys() * OVERHEAD;
        return Poro.at(Path.of(job.directory()))
                .sync(job.sync())
                .memory(data + data / 4 + (64 << 20))
                .snapshotAfter(Long.MAX_VALUE)
                .open();
    }

    private void fill(Poro poro) {
        Shape shape = job.shape();
        Keys keys = new Keys(shape.keys(), shape.keyLength());
        byte[] value = new byte[shape.valueLength()];
        long ticket = 0;
        for (int i = 0; i < shape.keys(); i++) {
            byte[] key = keys.key(i);
            Keys.putId(value, keys.id());
            ticket = poro.setAsync(key, value);
        }
        poro.await(ticket);
    }

    private void requireKeys(Poro poro) {
        if (poro.keys() != job.shape().keys()) {
            throw new IllegalStateException(
                    poro.keys() + " keys, not " + job.shape().keys());
        }
    }
}
