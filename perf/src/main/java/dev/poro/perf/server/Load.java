package dev.poro.perf.server;

/**
 * What is asked of a server.
 *
 * @param command SET or GET, of random keys
 * @param pipeline requests that a connection sends before it waits for their replies
 */
record Load(String command, int pipeline) {
    static final String SET = "SET";
    static final String GET = "GET";

    String title() {
        return command + " -P " + pipeline;
    }
}
