package dev.poro.server;

import dev.poro.engine.Poro;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLException;

/** Settings for a server, see {@link PoroServer#on}. Not thread-safe. */
public final class PoroServerBuilder {
    private static final int MAX_PORT = 65_535;
    private static final int MAX_THREADS = 64;
    private static final String LOOPBACK = "127.0.0.1";
    private static final String LOOPBACK_6 = "::1";

    private final Poro store;
    private final List<String> addresses = new ArrayList<>();
    private int port = ServerSettings.DEFAULT_PORT;
    private int threads = Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors() / 2));
    private int maxClients = ServerSettings.DEFAULT_MAX_CLIENTS;
    private Duration idleTimeout = Duration.ZERO;
    private Password password;
    private boolean isUnprotected;
    private boolean hasDebugCommands;
    private String keyspaceEvents = "";
    private Path certificate;
    private Path privateKey;
    private Path clientCa;
    private ServerCluster cluster;

    PoroServerBuilder(Poro store) {
        this.store = Objects.requireNonNull(store, "store");
    }

    /**
     * The port; 6379 by default.
     *
     * @param number 0 for any that is free: {@link PoroServer#port} says which
     */
    public PoroServerBuilder port(int number) {
        if (number < 0 || number > MAX_PORT) {
            throw new IllegalArgumentException("port " + number + ": it must be between 0 and " + MAX_PORT);
        }
        port = number;
        return this;
    }

    /**
     * An address of this machine on which to listen, in addition to those given before. Without any, the server listens
     * on the loopback addresses, which no other machine reaches.
     *
     * @param address a name, or as in {@code 192.168.1.2}, {@code ::1}, {@code 0.0.0.0}
     */
    public PoroServerBuilder bind(String address) {
        addresses.add(Objects.requireNonNull(address, "address"));
        return this;
    }

    /**
     * The password that clients must give, with AUTH or HELLO. Only its digest is kept.
     *
     * @param secret 1 character or more
     */
    public PoroServerBuilder password(String secret) {
        return password(secret.getBytes(StandardCharsets.UTF_8));
    }

    /** As {@link #password(String)}, as bytes. */
    public PoroServerBuilder password(byte[] secret) {
        password = new Password(secret);
        return this;
    }

    /** Lets the server listen on addresses that other machines reach, although it has no password. */
    public PoroServerBuilder unprotected() {
        isUnprotected = true;
        return this;
    }

    /**
     * Has all connections encrypted by TLS 1.2 or 1.3.
     *
     * @param certificateChain a PEM file
     * @param key a PEM file with the private key (PKCS #8), without a password
     */
    public PoroServerBuilder tls(Path certificateChain, Path key) {
        certificate = Objects.requireNonNull(certificateChain, "certificateChain");
        privateKey = Objects.requireNonNull(key, "key");
        return this;
    }

    /**
     * Has clients show a certificate, too.
     *
     * @param authority a PEM file with the certificate of who must have signed it
     */
    public PoroServerBuilder tlsClientCa(Path authority) {
        clientCa = Objects.requireNonNull(authority, "authority");
        return this;
    }

    /** The most connections at the same time; 10,000 by default. */
    public PoroServerBuilder maxClients(int connections) {
        if (connections < 1) {
            throw new IllegalArgumentException("maxClients " + connections + ": it must be 1 or more");
        }
        maxClients = connections;
        return this;
    }

    /** Closes connections that send nothing for so long, in whole seconds; by default, or after zero, never. */
    public PoroServerBuilder idleTimeout(Duration timeout) {
        if (timeout.isNegative() || timeout.toSeconds() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("idleTimeout " + timeout + ": it must be zero or more");
        }
        idleTimeout = timeout;
        return this;
    }

    /** Allows DEBUG, which tests of clients use. */
    public PoroServerBuilder debugCommands() {
        hasDebugCommands = true;
        return this;
    }

    /**
     * Publishes what happens to keys on the channels {@code __keyspace@0__:KEY} and {@code __keyevent@0__:EVENT}; by
     * default nothing. CONFIG SET changes it.
     *
     * @param letters as for Redis' {@code notify-keyspace-events}: {@code KEA} for everything on both, {@code Ex} for
     *     keys that expire
     */
    public PoroServerBuilder keyspaceEvents(String letters) {
        if (!KeyspaceEvents.areLetters(letters)) {
            throw new IllegalArgumentException(
                    "keyspaceEvents " + letters + ": the letters are " + KeyspaceEvents.LETTERS);
        }
        keyspaceEvents = letters;
        return this;
    }

    /**
     * The cluster that the store belongs to: reads then see what any node has acknowledged, unless a client says
     * READONLY, and PUBLISH reaches the subscribers of all nodes.
     */
    public PoroServerBuilder cluster(ServerCluster ofStore) {
        cluster = Objects.requireNonNull(ofStore, "ofStore");
        return this;
    }

    /** How many event loops there are, each a thread; by default half as many as processors, 1 to 4. */
    public PoroServerBuilder threads(int count) {
        if (count < 1 || count > MAX_THREADS) {
            throw new IllegalArgumentException("threads " + count + ": it must be between 1 and " + MAX_THREADS);
        }
        threads = count;
        return this;
    }

    /**
     * Starts the server; it listens when this returns. The store must stay open until the server is closed.
     *
     * @throws IOException if an address cannot be bound, or a file of TLS cannot be used
     * @throws IllegalStateException if other machines could use the server without a password, and not
     *     {@link #unprotected}; or if there is a CA for clients without TLS
     */
    public PoroServer start() throws IOException {
        List<InetSocketAddress> resolved = resolve();
        requireProtection(resolved);
        ServerSettings settings = new ServerSettings(tlsContext(), hasDebugCommands, password, keyspaceEvents);
        settings.setMaxClients(maxClients);
        settings.setIdleSeconds((int) idleTimeout.toSeconds());
        // The IPv6 loopback address is optional: not every machine has it.
        return PoroServer.start(store, settings, threads, resolved, addresses.isEmpty() ? 1 : resolved.size(), cluster);
    }

    private List<InetSocketAddress> resolve() throws IOException {
        List<InetSocketAddress> resolved = new ArrayList<>();
        for (String address : addresses.isEmpty() ? List.of(LOOPBACK, LOOPBACK_6) : addresses) {
            for (InetAddress found : InetAddress.getAllByName(address)) {
                resolved.add(new InetSocketAddress(found, port));
            }
        }
        return resolved;
    }

    private void requireProtection(List<InetSocketAddress> resolved) {
        if (clientCa != null && certificate == null) {
            throw new IllegalStateException("a CA for the certificates of clients needs a certificate of the server");
        }
        for (InetSocketAddress address : resolved) {
            if (!address.getAddress().isLoopbackAddress() && password == null && !isUnprotected) {
                throw new IllegalStateException("other machines reach "
                        + address.getAddress().getHostAddress()
                        + ", and there is no password: set one, or say that the server is to be unprotected");
            }
        }
    }

    private SslContext tlsContext() throws IOException {
        if (certificate == null) {
            return null;
        }
        try {
            SslContextBuilder builder = SslContextBuilder.forServer(certificate.toFile(), privateKey.toFile())
                    .sslProvider(SslProvider.JDK)
                    .protocols("TLSv1.3", "TLSv1.2");
            if (clientCa != null) {
                builder.trustManager(clientCa.toFile()).clientAuth(ClientAuth.REQUIRE);
            }
            return builder.build();
        } catch (SSLException | IllegalArgumentException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException("TLS: " + certificate + ", " + privateKey + ": " + cause.getMessage(), e);
        }
    }
}
