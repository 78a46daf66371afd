package dev.poro.perf.bench;

/** Reads random keys. */
final class GetClient extends Client {
    GetClient(Engine.Session session, Shape shape, int seed) {
        super(session, shape, seed);
    }

    @Override
    void step() {
        read(keys.random());
    }
}
