package dev.poro.perf.bench;

import java.util.Locale;

/** What the threads of a trial do. All keys are there before and after. */
enum Workload {
    /** Replaces the values of random keys. */
    PUT("put") {
        @Override
        Client newClient(Engine.Session session, Shape shape, int thread, int threads) {
            return new PutClient(session, shape, thread);
        }
    },
    /** The same, without waiting for each. */
    PUT_ASYNC("put, pipelined") {
        @Override
        Client newClient(Engine.Session session, Shape shape, int thread, int threads) {
            return new PutAsyncClient(session, shape, thread);
        }
    },
    /** Reads random keys. */
    GET("get") {
        @Override
        Client newClient(Engine.Session session, Shape shape, int thread, int threads) {
            return new GetClient(session, shape, thread);
        }
    },
    /** Removes all keys in a scattered order; putting them back is not counted. */
    DELETE("delete") {
        @Override
        Client newClient(Engine.Session session, Shape shape, int thread, int threads) {
            return new DeleteClient(session, shape, thread, threads);
        }
    },
    /** YCSB's core workload A: half reads, half updates, Zipfian keys. */
    YCSB_A("YCSB A") {
        @Override
        Client newClient(Engine.Session session, Shape shape, int thread, int threads) {
            return new ZipfianClient(session, shape, thread, 50);
        }
    },
    /** YCSB's core workload B: 95 % reads, Zipfian keys. */
    YCSB_B("YCSB B") {
        @Override
        Client newClient(Engine.Session session, Shape shape, int thread, int threads) {
            return new ZipfianClient(session, shape, thread, 5);
        }
    },
    /** YCSB's core workload C: reads only, Zipfian keys. */
    YCSB_C("YCSB C") {
        @Override
        Client newClient(Engine.Session session, Shape shape, int thread, int threads) {
            return new ZipfianClient(session, shape, thread, 0);
        }
    };

    private final String title;

    Workload(String title) {
        this.title = title;
    }

    /** The name in tables and plots. */
    String title() {
        return title;
    }

    /**
     * What one thread runs.
     *
     * @param thread which of them, from 0
     * @param threads how many there are
     */
    abstract Client newClient(Engine.Session session, Shape shape, int thread, int threads);

    /** The name on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
