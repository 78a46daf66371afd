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
    /** Replaces the values of 16 random keys at once: a batch, a transaction, or what else the engine has. */
    PUT_ALL("put, 16 at once") {
        @Override
        Client newClient(Engine.Session session, Shape shape, int thread, int threads) {
            return new GroupClient(session, shape, thread, GroupClient.Kind.PUT);
        }
    },
    /** Hands over new values for 16 random keys together, each a change of its own. */
    PUT_PIPELINE("put, 16 pipelined") {
        @Override
        Client newClient(Engine.Session session, Shape shape, int thread, int threads) {
            return new GroupClient(session, shape, thread, GroupClient.Kind.PIPELINE);
        }
    },
    /** Reads random keys. */
    GET("get") {
        @Override
        Client newClient(Engine.Session session, Shape shape, int thread, int threads) {
            return new GetClient(session, shape, thread);
        }
    },
    /** Reads 16 random keys at once. */
    GET_ALL("get, 16 at once") {
        @Override
        Client newClient(Engine.Session session, Shape shape, int thread, int threads) {
            return new GroupClient(session, shape, thread, GroupClient.Kind.GET);
        }
    },
    /** Reads random keys while one more thread replaces values at full speed. */
    GET_BESIDE_PUTS("get beside puts") {
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

    /** Whether one more thread runs {@link #PUT} meanwhile, which does not count. */
    boolean hasWriter() {
        return this == GET_BESIDE_PUTS;
    }

    /** Whether it means anything only of engines with writes that need not be waited for. */
    boolean needsPipelines() {
        return this == PUT_ASYNC || this == PUT_PIPELINE;
    }

    /** What it is compared with: the workload that does the same in the plain way; {@code null} if there is none. */
    Workload plain() {
        return switch (this) {
            case PUT_ASYNC, PUT_ALL, PUT_PIPELINE -> PUT;
            case GET_ALL, GET_BESIDE_PUTS -> GET;
            default -> null;
        };
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
