package dev.poro.perf.bench;

/** Replaces the values of random keys, without waiting for each. */
final class PutAsyncClient extends Client {
    PutAsyncClient(Engine.Session session, Shape shape, int thread) {
        super(session, shape, thread);
    }

    @Override
    void step() {
        byte[] key = keys.random();
        session.putAsync(key, valueOf(key));
    }

    @Override
    void drain() {
        session.drain();
    }
}
