package dev.poro.perf.server;

import java.util.Locale;

/** What sends the requests. */
enum Tool {
    SOCKETS("own client"),
    REDIS_BENCHMARK("redis-benchmark");

    private final String title;

    Tool(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    /** As in an option. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
