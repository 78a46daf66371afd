package dev.poro.perf.bench;

import com.google.gson.Gson;
import dev.poro.perf.Keys;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Runs one {@link Trial} in this JVM. Arguments: a file with the trial, and one for its result, both JSON. */
public final class TrialMain {
    private final Trial trial;
    private final Path directory;

    private TrialMain(Trial trial) {
        this.trial = trial;
        this.directory = Path.of(trial.directory());
    }

    public static void main(String[] args) throws Exception {
        Gson gson = new Gson();
        Trial trial = gson.fromJson(Files.readString(Path.of(args[0])), Trial.class);
        TrialResult result = new TrialMain(trial).run();
        Files.writeString(Path.of(args[1]), gson.toJson(result));
        // Other stores leave threads behind.
        System.exit(0);
    }

    private TrialResult run() throws Exception {
        Files.createDirectories(directory);
        double loaded;
        long contents;
        List<TrialResult.Figures> figures = new ArrayList<>();
        try (Engine engine = open()) {
            loaded = load(engine);
            for (Workload workload : trial.workloads()) {
                System.out.println(workload);
                figures.add(new Measurement(trial, engine, workload).run());
            }
            System.out.println("check");
            contents = check(engine);
            engine.verify();
        }
        if (trial.engine().keeps(Durability.OS) || trial.engine().keeps(Durability.ALWAYS)) {
            try (Engine engine = open()) {
                if (check(engine) != contents) {
                    throw new IllegalStateException("other values after opening again");
                }
            }
        }
        return new TrialResult(loaded, figures);
    }

    private Engine open() throws ReflectiveOperationException {
        try {
            return Class.forName(trial.engine().className())
                    .asSubclass(Engine.class)
                    .getConstructor(Path.class, EngineSettings.class)
                    .newInstance(directory, new EngineSettings(trial.durability(), trial.shape()));
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(trial.engine().title() + " cannot be opened", e.getCause());
        }
    }

    private double load(Engine engine) {
        System.out.println("load");
        Shape shape = trial.shape();
        Keys keys = new Keys(shape.keys(), shape.keyLength());
        byte[] value = new byte[shape.valueLength()];
        long start = System.nanoTime();
        try (Engine.Session session = engine.newSession()) {
            for (int i = 0; i < shape.keys(); i++) {
                byte[] key = keys.key(i);
                Keys.putId(value, keys.id());
                session.putAsync(key, value);
            }
            session.drain();
        }
        return shape.keys() * 1e9 / (System.nanoTime() - start);
    }

    /** Looks at every key and returns a checksum over all values. */
    private long check(Engine engine) {
        Shape shape = trial.shape();
        if (engine.keys() != shape.keys()) {
            throw new IllegalStateException(engine.keys() + " keys, not " + shape.keys());
        }
        Keys keys = new Keys(shape.keys(), shape.keyLength());
        byte[] value = new byte[shape.valueLength()];
        long checksum = 0;
        try (Engine.Session session = engine.newSession()) {
            for (int i = 0; i < shape.keys(); i++) {
                int length = session.get(keys.key(i), value);
                if (length != value.length || Keys.idOf(value) != keys.id()) {
                    throw new IllegalStateException("key " + i + " has a value of " + length
                            + " bytes that begins with " + Long.toHexString(Keys.idOf(value)));
                }
                checksum = 31 * checksum + Arrays.hashCode(value);
            }
        }
        return checksum;
    }
}
