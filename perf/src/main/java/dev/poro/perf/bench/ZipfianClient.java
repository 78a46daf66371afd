package dev.poro.perf.bench;

import java.util.SplittableRandom;

/** Reads and updates Zipfian keys. Which ones is decided beforehand, as computing it takes longer than a read. */
final class ZipfianClient extends Client {
    private static final int PLANNED = 1 << 20;
    /** Of a planned index: this operation is an update. */
    private static final int UPDATE = 1 << 31;

    private final int[] plan = new int[PLANNED];
    private int next;

    ZipfianClient(Engine.Session session, Shape shape, int thread, int updatePercent) {
        super(session, shape, thread);
        SplittableRandom random = new SplittableRandom(thread);
        Zipfian zipfian = new Zipfian(shape.keys());
        for (int i = 0; i < PLANNED; i++) {
            plan[i] = zipfian.next(random) | (random.nextInt(100) < updatePercent ? UPDATE : 0);
        }
    }

    @Override
    void step() {
        int planned = plan[next++ & (PLANNED - 1)];
        byte[] key = keys.key(planned & ~UPDATE);
        if (planned < 0) {
            session.put(key, valueOf(key));
        } else {
            read(key);
        }
    }
}
