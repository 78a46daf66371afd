package dev.poro.perf.bench;

/** Replaces the values of random keys. */
final class PutClient extends Client {
    PutClient(Engine.Session session, Shape shape, int thread) {
        super(session, shape, thread);
    }

    @Override
    void step() {
        byte[] key = keys.random();
        session.put(key, valueOf(key));
    }
}
