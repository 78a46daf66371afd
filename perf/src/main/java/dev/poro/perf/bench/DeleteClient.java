package dev.poro.perf.bench;

import java.math.BigInteger;

/** Removes this thread's share of the keys in a scattered order, again and again. */
final class DeleteClient extends Client {
    private static final int SCATTER = 611_953;

    private final int first;
    private final int count;
    private final int stride;
    private int removed;

    DeleteClient(Engine.Session session, Shape shape, int thread, int threads) {
        super(session, shape, thread);
        this.first = (int) ((long) shape.keys() * thread / threads);
        this.count = (int) ((long) shape.keys() * (thread + 1) / threads) - first;
        this.stride = coprime(count);
        if (count == 0) {
            throw new IllegalArgumentException("fewer keys than threads");
        }
    }

    private static int coprime(int count) {
        int stride = SCATTER;
        while (!BigInteger.valueOf(stride).gcd(BigInteger.valueOf(count)).equals(BigInteger.ONE)) {
            stride++;
        }
        return stride;
    }

    @Override
    void step() {
        session.delete(keys.key(first + (int) ((long) removed * stride % count)));
        removed++;
    }

    @Override
    boolean isExhausted() {
        return removed == count;
    }

    @Override
    void replenish() {
        while (removed > 0) {
            removed--;
            byte[] key = keys.key(first + (int) ((long) removed * stride % count));
            session.put(key, valueOf(key));
        }
    }
}
