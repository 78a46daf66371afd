package dev.poro.perf.bench;

import dev.poro.perf.Keys;

/** Reads or replaces 16 keys that lie anywhere at a time: no two of them are the same. */
final class GroupClient extends Client {
    private static final int SIZE = 16;

    /** What is done with the keys. */
    enum Kind {
        /** One call reads all. */
        GET,
        /** One call replaces all, atomically where the engine can do that. */
        PUT,
        /** The changes are handed over together, each on its own. */
        PIPELINE
    }

    private final Kind kind;
    private final int size;
    private final int stride;
    private final byte[][] group;
    private final byte[][] values;

    GroupClient(Engine.Session session, Shape shape, int thread, Kind kind) {
        super(session, shape, thread);
        this.kind = kind;
        this.size = Math.min(SIZE, shape.keys());
        this.stride = shape.keys() / size;
        this.group = new byte[size][shape.keyLength()];
        this.values = new byte[size][shape.valueLength()];
    }

    @Override
    int operationsPerStep() {
        return size;
    }

    @Override
    void step() {
        int number = keys.randomNumber();
        for (int i = 0; i < size; i++) {
            byte[] key = keys.key(number);
            System.arraycopy(key, 0, group[i], 0, key.length);
            number += stride;
            number -= number < shape.keys() ? 0 : shape.keys();
            if (kind != Kind.GET) {
                Keys.putId(values[i], Keys.idOf(key));
                values[i][values[i].length - 1]++;
            }
        }
        switch (kind) {
            case GET -> {
                session.getAll(group, values);
                for (int i = 0; i < size; i++) {
                    requireValueOf(group[i], values[i].length, values[i]);
                }
            }
            case PUT -> session.putAll(group, values);
            case PIPELINE -> session.pipeline(group, values);
        }
    }
}
