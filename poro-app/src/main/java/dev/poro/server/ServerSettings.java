package dev.poro.server;

import io.netty.handler.ssl.SslContext;

/** What a server was told. Some of it changes while it runs, by CONFIG SET. Thread-safe. */
final class ServerSettings {
    static final int DEFAULT_PORT = 6379;
    static final int DEFAULT_MAX_CLIENTS = 10_000;
    static final int DEFAULT_SLOWLOG_MICROS = 10_000;
    static final int DEFAULT_SLOWLOG_LENGTH = 128;

    /** Replies that wait for one client, in bytes: beyond, its connection is closed. */
    static final long DEFAULT_OUTPUT_LIMIT = 64 << 20;

    /** {@code null} for plain connections. */
    private final SslContext tls;

    private final boolean hasDebugCommands;
    private final Password password;
    private final String keyspaceEvents;
    private volatile int maxClients = DEFAULT_MAX_CLIENTS;
    private volatile int idleSeconds;
    private volatile long outputLimit = DEFAULT_OUTPUT_LIMIT;
    private volatile long slowlogMicros = DEFAULT_SLOWLOG_MICROS;
    private volatile int slowlogLength = DEFAULT_SLOWLOG_LENGTH;

    /** @param keyspaceEvents letters of {@code notify-keyspace-events} */
    ServerSettings(SslContext tls, boolean debugCommands, Password password, String keyspaceEvents) {
        this.tls = tls;
        this.hasDebugCommands = debugCommands;
        this.password = password;
        this.keyspaceEvents = keyspaceEvents;
    }

    /** What is asked for at first. */
    String keyspaceEvents() {
        return keyspaceEvents;
    }

    SslContext tls() {
        return tls;
    }

    boolean hasDebugCommands() {
        return hasDebugCommands;
    }

    /** {@code null} if clients need none. */
    Password password() {
        return password;
    }

    int maxClients() {
        return maxClients;
    }

    void setMaxClients(int clients) {
        maxClients = clients;
    }

    /** A connection without requests for so long is closed; 0: never. */
    int idleSeconds() {
        return idleSeconds;
    }

    void setIdleSeconds(int seconds) {
        idleSeconds = seconds;
    }

    long outputLimit() {
        return outputLimit;
    }

    void setOutputLimit(long bytes) {
        outputLimit = bytes;
    }

    /** A command that takes longer is logged; negative: none is. */
    long slowlogMicros() {
        return slowlogMicros;
    }

    void setSlowlogMicros(long micros) {
        slowlogMicros = micros;
    }

    int slowlogLength() {
        return slowlogLength;
    }

    void setSlowlogLength(int entries) {
        slowlogLength = entries;
    }
}
