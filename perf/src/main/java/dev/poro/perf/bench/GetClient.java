package dev.poro.perf.bench;

/** Reads random keys. */
final class GetClient extends Client {
    GetClient(Engine.Session session, Shape shape, int thread) {
        super(session, shape, thread);
    }

    @Override
    void step() {
        read(keys.random());
    }
}
